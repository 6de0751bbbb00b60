// The question is all in the address: a reload, a shared link and the back button show it again.

import { LIST_KINDS } from "./api.js";
import { GENRES } from "./texts.js";

const numbers = (text) =>
  (text ?? "").split(",").map(Number).filter((number) => Number.isInteger(number) && number > 0);

const THIS_DECADE = Math.floor(new Date().getFullYear() / 10);
const FIRST_DECADE = 190;

/** The first years of the decades that films are of, the latest first. */
export const DECADES = Array.from(
  { length: THIS_DECADE - FIRST_DECADE + 1 }, (_, back) => 10 * (THIS_DECADE - back));
/** The choices of the filters by a number: the least votes, the most minutes. */
export const VOTES = [50, 500, 2000];
export const MINUTES = [60, 90, 120, 150];
/** The orders of lists, the usual first. */
export const ORDERS = ["votos", "puntuacion", "fecha", "recaudacion", "titulo"];
/** How much a film's fame and marks count: the API's `calidad`, from hidden gems on. */
export const QUALITIES = [0, 0.25, 0.5, 0.75, 1];
export const USUAL_QUALITY = 0.5;

/** A text without its accents and capitals. */
export const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").trim().toLowerCase();
const genreCalled = (name) =>
  Object.entries(GENRES).find((names) => names.some((each) => plain(each) === plain(name)))?.[0];
const oneOf = (choices, text) => choices.find((each) => String(each) === text) ?? null;

export function read() {
  const query = new URLSearchParams(location.search);
  const [film] = numbers(query.get("pelicula"));
  const [person] = numbers(query.get("persona"));
  const [page] = numbers(query.get("pagina"));
  const likes = [...new Set(numbers(query.get("gustos")))];
  const asked = (query.get("genero") ?? "").split(",").filter((name) => name.trim());
  const kind = query.get("tipo");
  return {
    lang: query.get("lang") === "en" ? "en" : "es",
    film: film ?? null,
    title: query.get("titulo"),
    search: query.get("busca"),
    among: query.get("entre"),
    kind: Object.hasOwn(LIST_KINDS, kind) ? kind : null,
    name: query.get("nombre"),
    // Tells people of one name apart.
    person: person ?? null,
    page: page ?? null,
    order: oneOf(ORDERS, query.get("orden")),
    ranking: query.get("lista"),
    genres: [...new Set(asked.map(genreCalled).filter(Boolean))],
    // What is no genre is said to be none, and not passed over.
    noGenres: asked.filter((name) => !genreCalled(name)),
    decade: oneOf(DECADES, query.get("decada")),
    country: query.get("pais"),
    language: query.get("idioma"),
    votes: oneOf(VOTES, query.get("min_votos")),
    minutes: oneOf(MINUTES, query.get("max_duracion")),
    quality: oneOf(QUALITIES, query.get("calidad")),
    likes,
    dislikes: [...new Set(numbers(query.get("no_gustos")))].filter((id) => !likes.includes(id)),
  };
}

export function address(state) {
  const query = new URLSearchParams();
  const named = state.kind && state.name;
  const parameters = {
    pelicula: state.film,
    titulo: state.title,
    busca: state.search,
    entre: state.search && state.among,
    tipo: state.name && state.kind,
    nombre: named,
    persona: named && state.person,
    orden: named && state.order,
    pagina: named && state.page > 1 && state.page,
    lista: state.ranking,
    genero: state.genres.join(","),
    decada: state.decade,
    pais: state.country,
    idioma: state.language,
    min_votos: state.votes,
    max_duracion: state.minutes,
    calidad: state.quality === null ? null : String(state.quality),
    gustos: state.likes.join(","),
    no_gustos: state.dislikes.join(","),
    lang: state.lang === "en" && "en",
  };
  for (const [name, value] of Object.entries(parameters)) if (value) query.set(name, value);
  const text = query.toString().replaceAll("%2C", ",");
  return text ? `?${text}` : location.pathname;
}

/** No question: a change of it leaves tastes, filters and language as they are. */
export const NO_QUESTION = {
  film: null, title: null, search: null, among: null,
  kind: null, name: null, person: null, page: null, order: null, ranking: null,
};

export const NO_FILTERS = {
  genres: [], noGenres: [], decade: null, country: null, language: null, votes: null, minutes: null, quality: null,
};

const shared = ({ genres, decade, country, language, votes }) => ({
  ...(genres.length && { genero: genres.join(",") }),
  ...(decade && { desde: decade, hasta: decade + 9 }),
  ...(country && { pais: country }),
  ...(language && { idioma: language }),
  ...(votes && { min_votos: votes }),
});

/** The filters of recommendations, as parameters of the API. */
export const filters = (state) => ({
  ...shared(state),
  ...(state.quality !== null && { calidad: state.quality }),
});

/** The filters of lists, as parameters of the API. */
export const listFilters = (state) => ({
  ...shared(state),
  ...(state.minutes && { max_duracion: state.minutes }),
});

/** Likes and dislikes after a film was liked, or disliked; the same again takes it back. */
export function toggleTaste(state, id, liked) {
  const without = (list) => list.filter((other) => other !== id);
  const toggled = (list) => (list.includes(id) ? without(list) : [...list, id]);
  return liked
    ? { likes: toggled(state.likes), dislikes: without(state.dislikes) }
    : { likes: without(state.likes), dislikes: toggled(state.dislikes) };
}
