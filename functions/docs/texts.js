// The page's own words. What it describes is in Spanish, as the API is.

const TEXTS = {
  es: {
    title: "Cartelera: documentación de la API", skip: "Ir al contenido", explore: "Los datos",
    routes: "Las rutas", parameters: "Parámetros", body: "El cuerpo", answers: "Respuestas", fields: "Lo que lleva", example: "Ejemplo",
    required: "obligatorio", usual: "si falta, {value}", from: "desde {value}", to: "hasta {value}", oneOf: "uno de",
    list: "lista de {of}", string: "texto", integer: "entero", number: "número", boolean: "sí o no", object: "objeto", null: "null",
    tryIt: "Probar", send: "Preguntar", answered: "{status} en {ms} ms", failed: "No hay conexión con la API.", key: "Clave de la API (x-api-key)",
    loading: "Un momento…", unreachable: "No se ha podido leer openapi.json: vuelve a cargar la página.",
  },
  en: {
    title: "Cartelera: the API's documentation", skip: "Skip to content", explore: "The data",
    routes: "Routes", parameters: "Parameters", body: "The body", answers: "Answers", fields: "What it holds", example: "Example",
    required: "required", usual: "{value} by default", from: "from {value}", to: "up to {value}", oneOf: "one of",
    list: "list of {of}", string: "text", integer: "integer", number: "number", boolean: "boolean", object: "object", null: "null",
    tryIt: "Try it", send: "Ask", answered: "{status} in {ms} ms", failed: "The API cannot be reached.", key: "API key (x-api-key)",
    loading: "One moment…", unreachable: "openapi.json could not be read: load the page again.",
  },
};

export const lang = new URLSearchParams(location.search).get("lang") === "en" ? "en" : "es";

/** The text called `name`, its `{…}` filled in. */
export const say = (name, values = {}) => TEXTS[lang][name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
