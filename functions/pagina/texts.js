// The page's words, in both of its languages: `texts.json`.

const read = async () => (await fetch(new URL("texts.json", import.meta.url))).json();
// A change of network ends what is under way: another try goes by the new one.
const TEXTS = await read().catch(read);

// The API gives reasons in Spanish. These are their kinds, those of them that films are listed by,
// and all genres.
const REASONS = TEXTS.reasons;
const LISTED = {
  género: "genero", dirección: "director", reparto: "actor", tema: "tema", saga: "franquicia",
  productora: "productora", país: "pais", idioma: "idioma", época: "anio",
};
// The years from the middle of a period to where another is as near.
const HALF_PERIOD = 4;
export const GENRES = TEXTS.genres;
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

/** The `problem` (what is wrong) or the `todo` (what to do) of a problem. */
export const sayProblem = (part, { status }) =>
  TEXTS[lang][`${part}_${status}`] ?? say(`${part}_other`);

const locale = () => (lang === "es" ? "es-ES" : "en-US");

export const number = (value, options = {}) =>
  new Intl.NumberFormat(locale(), { useGrouping: "always", maximumFractionDigits: 1, ...options }).format(value);

/** How many times its cost a film has made: a little is not nothing. */
export const multiple = (value) => `× ${number(value, value < 0.1 ? { maximumSignificantDigits: 1 } : {})}`;

/** US dollars as people say them: 1.938 M US$. */
export const dollars = (value) =>
  number(value, { style: "currency", currency: "USD", currencyDisplay: "symbol", notation: "compact" });

export const day = (date) =>
  new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" }).format(new Date(date));

/** A day and its time, as it is here. */
export const moment = (time) => new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(time);

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

/**
 * A reason in the page's language: its kind and what is shared, and the question that lists the
 * films that share it, if they are listed.
 */
export function reason(text) {
  const [, kind, name] = /^([^:]+): (.*)$/s.exec(text);
  const year = Number(/\d+$/.exec(name)?.[0]);
  const listed = kind === "época" ? `${year - HALF_PERIOD}-${year + HALF_PERIOD}` : name;
  return {
    kind: lang === "es" ? kind : (REASONS[kind] ?? kind),
    name: lang === "es" ? name : inEnglish(kind, name),
    question: kind in LISTED ? { kind: LISTED[kind], name: listed } : null,
  };
}

/** The name of an answer's language, country or genre in the page's language. */
export function called(kind, answer) {
  if (lang === "es") return answer.nombre ?? answer[kind];
  return kind === "idioma" ? inEnglish("idioma", answer.nombre ?? answer.idioma) : answer[kind];
}

/** A country or a language in the page's language, by its Spanish name. */
export const spoken = (kind, name) => (lang === "es" ? name : inEnglish(kind, name));

/** What a thing is called in a heading, by its kind and the name it was asked for by. */
export function titled(kind, name) {
  if (kind === "anio") return name.replace("-", "–");
  if (kind !== "genero") return name;
  const found = Object.entries(GENRES).find((names) => names.includes(name));
  return found ? found[lang === "es" ? 0 : 1] : name;
}
