// The words that the page puts around what it describes.

const TEXTS = {
  es: {
    routes: "Las rutas", parameters: "Parámetros", body: "El cuerpo", answers: "Respuestas", fields: "Lo que lleva", example: "Ejemplo",
    required: "obligatorio", usual: "si falta, {value}", from: "desde {value}", to: "hasta {value}", oneOf: "uno de",
    list: "lista de {of}", string: "texto", integer: "entero", number: "número", boolean: "sí o no", object: "objeto", null: "null",
    tryIt: "Probar", send: "Preguntar", answered: "{status} en {ms} ms", failed: "No hay conexión con la API.", key: "Clave de la API (x-api-key)",
    loading: "Un momento…", unreachable: "No se ha podido leer la descripción de la API: vuelve a cargar la página.",
  },
  en: {
    routes: "Routes", parameters: "Parameters", body: "The body", answers: "Answers", fields: "What it holds", example: "Example",
    required: "required", usual: "{value} by default", from: "from {value}", to: "up to {value}", oneOf: "one of",
    list: "list of {of}", string: "text", integer: "integer", number: "number", boolean: "boolean", object: "object", null: "null",
    tryIt: "Try it", send: "Ask", answered: "{status} in {ms} ms", failed: "The API cannot be reached.", key: "API key (x-api-key)",
    loading: "One moment…", unreachable: "The API's description could not be read: load the page again.",
  },
};

export const { lang } = document.documentElement;

/** The text called `name`, its `{…}` filled in. */
export const say = (name, values = {}) => TEXTS[lang][name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
