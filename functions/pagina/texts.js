// Every word of the page, in both of its languages.

const TEXTS = {
  es: {
    skip: "Ir al contenido",
    site: "Cartelera",
    explore: "Los datos",
    api: "La API",
    title: "¿Qué vemos?",
    lead: "Busca una película y mira cinco que se le parecen, con el porqué. Di cuáles te gustan y la lista será la tuya.",
    label: "Una película, una persona, una saga, un país…",
    ask: "Buscar",
    suggestions: "Sugerencias",
    only: "Buscar sólo",
    everything: "Todo",
    found: "{n} sugerencias; muévete con las flechas.",
    foundOne: "Una sugerencia; elígela con la flecha.",
    foundNone: "Nada se llama así, ni parecido.",
    pelicula: "Película",
    director: "Dirección",
    actor: "Reparto",
    franquicia: "Saga",
    productora: "Productora",
    pais: "País",
    idioma: "Idioma",
    mes: "Mes",
    dia: "Día",
    minutes: "{n} min",
    noMinutes: "duración desconocida",
    rating: "{n} de 10",
    votes: "{n} votos",
    popularity: "popularidad {n}",
    alike: "Se le parecen",
    namesakes: "Otras que se llaman igual",
    similarity: "{n} % parecida",
    because: "Por {names}",
    like: "Me gusta",
    dislike: "No me gusta",
    likeFilm: "Me gusta {title}",
    dislikeFilm: "No me gusta {title}",
    forYou: "Para ti",
    yours: "Tus gustos",
    noTastes: "Para empezar",
    noTastesLead: "Muy vistas y bien valoradas, de muchas clases. Di de alguna si te gusta y cambiarán.",
    removeLike: "Ya no cuenta que te gusta {title}",
    removeDislike: "Ya no cuenta que no te gusta {title}",
    clear: "Empezar de nuevo",
    share: "Copiar el enlace",
    shared: "Copiado",
    fewer: "No hay más que cumplan lo que se pide.",
    noneFit: "Ninguna cumple lo que se pide.",
    genre: "Género",
    years: "Años",
    any: "Todos",
    renewed: "La lista ha cambiado: {n} películas; la primera, {title}.",
    filmsOf: "Sus películas",
    showing: "Las {n} más recientes de {total}.",
    takings: "recaudaron",
    average: "de media",
    return: "retorno medio",
    returnKnown: "de {n} con datos",
    released: "Estreno",
    budget: "Costo",
    revenue: "Recaudación",
    multiple: "Retorno",
    role: "Personaje",
    unknown: "no se sabe",
    answer_director: "películas dirigidas",
    answer_actor: "películas con su actuación",
    answer_mes: "películas estrenadas en {name}",
    answer_dia: "películas estrenadas en {name}",
    answer_idioma: "películas en este idioma",
    answer_pais: "películas de este país",
    answer_franquicia: "películas de la saga",
    answer_productora: "películas de la productora",
    listOf: "Las diez primeras",
    list_franquicia: "Sagas",
    list_productora: "Productoras",
    list_pais: "Países",
    list_idioma: "Idiomas",
    by_takings: "Por lo que recaudaron sus películas en taquilla.",
    by_films: "Por cuántas películas hay de cada uno.",
    when: "¿Cuándo se estrenan?",
    choose: "Elige…",
    loading: "Buscando…",
    slow: "Tarda más de lo normal: el servicio está despertando.",
    retry: "Intentar otra vez",
    didYouMean: "¿Querías decir…?",
    notHere: "«{name}» no está en el catálogo.",
    problem_0: "No hay conexión con el catálogo.",
    problem_timeout: "El catálogo no ha respondido a tiempo.",
    problem_403: "Aquí no se puede preguntar sin más.",
    problem_404: "El catálogo no tiene eso.",
    problem_429: "Demasiadas preguntas a la vez.",
    problem_503: "Aún no hay nada que ver.",
    problem_other: "Algo ha fallado en el servicio.",
    todo_0: "Mira si tienes red; lo que habías pedido sigue en la dirección de la página.",
    todo_timeout: "A veces tarda en despertar: la segunda vez suele ir mejor.",
    todo_403: "Esta API pide una clave, o el cortafuegos no deja pasar la petición. Habla con quien la publica.",
    todo_404: "Prueba con menos letras, o con otro nombre suyo: las erratas se perdonan.",
    todo_429: "Espera un momento y vuelve a intentarlo.",
    todo_503: "Quien publica el catálogo tiene que ejecutar el trabajo de carga (make publish, o subir los ficheros). Después aparecerá aquí solo, en un minuto.",
    todo_other: "Ya consta en sus registros. Vuelve a intentarlo dentro de un rato.",
    privacy: "Lo que te gusta está en la dirección de esta página y en ningún otro sitio: compártela y otros verán lo mismo.",
  },
  en: {
    skip: "Skip to content",
    site: "Cartelera",
    explore: "The data",
    api: "The API",
    title: "What shall we watch?",
    lead: "Search for a film and see five like it, and why. Say which ones you like and the list becomes yours.",
    label: "A film, a person, a franchise, a country…",
    ask: "Search",
    suggestions: "Suggestions",
    only: "Search only",
    everything: "Everything",
    found: "{n} suggestions; move with the arrow keys.",
    foundOne: "One suggestion; choose it with the arrow key.",
    foundNone: "Nothing is called that, or anything like it.",
    pelicula: "Film",
    director: "Director",
    actor: "Cast",
    franquicia: "Franchise",
    productora: "Company",
    pais: "Country",
    idioma: "Language",
    mes: "Month",
    dia: "Day",
    minutes: "{n} min",
    noMinutes: "running time unknown",
    rating: "{n} out of 10",
    votes: "{n} votes",
    popularity: "popularity {n}",
    alike: "Films like it",
    namesakes: "Others of the same title",
    similarity: "{n}% alike",
    because: "Because of {names}",
    like: "Like",
    dislike: "Dislike",
    likeFilm: "I like {title}",
    dislikeFilm: "I dislike {title}",
    forYou: "For you",
    yours: "Your tastes",
    noTastes: "To begin with",
    noTastesLead: "Widely seen, well rated and of many kinds. Say of one whether you like it, and they will change.",
    removeLike: "Forget that you like {title}",
    removeDislike: "Forget that you dislike {title}",
    clear: "Start again",
    share: "Copy the link",
    shared: "Copied",
    fewer: "No more films fit what was asked.",
    noneFit: "None fits what is asked for.",
    genre: "Genre",
    years: "Years",
    any: "All",
    renewed: "The list has changed: {n} films; the first, {title}.",
    filmsOf: "The films",
    showing: "The latest {n} of {total}.",
    takings: "box office",
    average: "on average",
    return: "average return",
    returnKnown: "of {n} with figures",
    released: "Released",
    budget: "Budget",
    revenue: "Box office",
    multiple: "Return",
    role: "Role",
    unknown: "unknown",
    answer_director: "films directed",
    answer_actor: "films acted in",
    answer_mes: "films came out in {name}",
    answer_dia: "films came out on a {name}",
    answer_idioma: "films in this language",
    answer_pais: "films from this country",
    answer_franquicia: "films in the franchise",
    answer_productora: "films by the company",
    listOf: "The top ten",
    list_franquicia: "Franchises",
    list_productora: "Companies",
    list_pais: "Countries",
    list_idioma: "Languages",
    by_takings: "By what their films took in at the box office.",
    by_films: "By how many films there are of each.",
    when: "When do films come out?",
    choose: "Choose…",
    loading: "Searching…",
    slow: "This takes longer than usual: the service is waking up.",
    retry: "Try again",
    didYouMean: "Did you mean…?",
    notHere: "“{name}” is not in the catalogue.",
    problem_0: "The catalogue cannot be reached.",
    problem_timeout: "The catalogue did not answer in time.",
    problem_403: "One cannot simply ask here.",
    problem_404: "The catalogue does not have that.",
    problem_429: "Too many questions at once.",
    problem_503: "There is nothing to see yet.",
    problem_other: "Something went wrong in the service.",
    todo_0: "See whether you are online; what you asked for is still in the page's address.",
    todo_timeout: "It sometimes takes long to wake up: the second time usually goes better.",
    todo_403: "This API asks for a key, or its firewall stops the request. Talk to whoever runs it.",
    todo_404: "Try fewer letters, or another of its names: typos are forgiven.",
    todo_429: "Wait a moment and try again.",
    todo_503: "There is no catalogue yet, or it cannot be opened. Whoever runs it has to run the job (make publish, or an upload of the files). It will then appear here by itself, within a minute.",
    todo_other: "It is in its logs already. Try again in a while.",
    privacy: "What you like is in this page's address and nowhere else: share it and others will see the same.",
  },
};

// Reasons come in Spanish: what they say of a film, and the genres, which are always these.
const REASONS = {
  género: "genre", dirección: "director", guion: "writer", reparto: "cast", tema: "theme", saga: "franchise",
  productora: "company", país: "country", idioma: "language", época: "period", título: "title", argumento: "plot",
};
export const GENRES = {
  Acción: "Action", Aventura: "Adventure", Animación: "Animation", Comedia: "Comedy", Crimen: "Crime",
  Documental: "Documentary", Familia: "Family", Fantasía: "Fantasy", Extranjera: "Foreign", Historia: "History",
  Terror: "Horror", Música: "Music", Misterio: "Mystery", "Ciencia ficción": "Science Fiction",
  "Película de televisión": "TV Movie", Suspense: "Thriller", Bélica: "War",
};
const LETTERS = [..."abcdefghijklmnopqrstuvwxyz"];
const CODES = LETTERS.flatMap((first) => LETTERS.map((second) => first + second));
const CODES_OF = { país: ["region", CODES.map((code) => code.toUpperCase())], idioma: ["language", CODES] };

let lang = "es";

export function speak(language) {
  lang = language;
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
}

/** The text called `key`, its `{…}` filled in. */
export const say = (key, values = {}) =>
  TEXTS[lang][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** The text `part` of a problem: what it is, or what to do. */
export const sayProblem = (part, { status }) =>
  TEXTS[lang][`${part}_${status}`] ?? say(`${part}_other`);

const locale = () => (lang === "es" ? "es-ES" : "en-US");

export const number = (value, options = {}) =>
  new Intl.NumberFormat(locale(), { useGrouping: "always", maximumFractionDigits: 1, ...options }).format(value);

/** US dollars as people say them: 1.938 M US$. */
export const dollars = (value) =>
  number(value, { style: "currency", currency: "USD", currencyDisplay: "symbol", notation: "compact" });

export const day = (date) =>
  new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" }).format(new Date(date));

/** The Spanish and the English names of the twelve months, or of the seven days from Monday on. */
export function calendar(kind) {
  const days = [...Array(kind === "mes" ? 12 : 7).keys()].map((index) =>
    kind === "mes" ? new Date(Date.UTC(2001, index, 1)) : new Date(Date.UTC(2001, 0, 1 + index)));
  const field = kind === "mes" ? { month: "long" } : { weekday: "long" };
  const names = (where) => days.map((date) => new Intl.DateTimeFormat(where, { ...field, timeZone: "UTC" }).format(date));
  const here = names(locale());
  return names("es-ES").map((spanish, index) => ({ spanish, name: here[index] }));
}

const englishNames = new Map();

function inEnglish(kind, name) {
  if (kind === "género") return GENRES[name] ?? name;
  if (kind === "época") return name.replace("hacia", "around");
  if (!(kind in CODES_OF)) return name;
  if (!englishNames.has(kind)) {
    const [type, codes] = CODES_OF[kind];
    const spanish = new Intl.DisplayNames("es", { type, fallback: "none" });
    const english = new Intl.DisplayNames("en", { type, fallback: "none" });
    englishNames.set(kind, new Map(codes.map((code) => [spanish.of(code), english.of(code)])));
  }
  return englishNames.get(kind).get(name) ?? name;
}

/** The genres as the API knows them, and in the page's language, in its order. */
export const genres = () =>
  Object.entries(GENRES)
    .map(([spanish, english]) => ({ spanish, name: lang === "es" ? spanish : english }))
    .sort((one, other) => one.name.localeCompare(other.name, lang));

/** A reason in the page's language: its kind, and what is shared. */
export function reason(text) {
  const [, kind, name] = /^([^:]+): (.*)$/s.exec(text);
  return lang === "es" ? [kind, name] : [REASONS[kind] ?? kind, inEnglish(kind, name)];
}

/** What a language or a country is called, of an answer that names it in Spanish or by its TMDB name. */
export function called(kind, answer) {
  if (lang === "es") return answer.nombre ?? answer[kind];
  return kind === "pais" ? answer.pais : inEnglish("idioma", answer.nombre ?? answer.idioma);
}
