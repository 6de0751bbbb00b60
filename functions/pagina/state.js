// The question is all in the address: a reload, a shared link and the back button show it again.

import { GENRES } from "./texts.js";

const numbers = (text) =>
  (text ?? "").split(",").map(Number).filter((number) => Number.isInteger(number) && number > 0);

const THIS_DECADE = Math.floor(new Date().getFullYear() / 10);
const FIRST_DECADE = 190;

/** The first years of the decades that films are of, the latest first. */
export const DECADES = Array.from(
  { length: THIS_DECADE - FIRST_DECADE + 1 }, (_, back) => 10 * (THIS_DECADE - back));

export function read() {
  const query = new URLSearchParams(location.search);
  const [film] = numbers(query.get("pelicula"));
  const [person] = numbers(query.get("persona"));
  const likes = [...new Set(numbers(query.get("gustos")))];
  return {
    lang: query.get("lang") === "en" ? "en" : "es",
    film: film ?? null,
    title: query.get("titulo"),
    kind: query.get("tipo"),
    name: query.get("nombre"),
    // Tells people of one name apart.
    person: person ?? null,
    ranking: query.get("lista"),
    genre: Object.hasOwn(GENRES, query.get("genero")) ? query.get("genero") : null,
    decade: DECADES.find((first) => String(first) === query.get("decada")) ?? null,
    likes,
    dislikes: [...new Set(numbers(query.get("no_gustos")))].filter((id) => !likes.includes(id)),
  };
}

export function address(state) {
  const query = new URLSearchParams();
  const parameters = {
    pelicula: state.film,
    titulo: state.title,
    tipo: state.name && state.kind,
    nombre: state.kind && state.name,
    persona: state.kind && state.name && state.person,
    lista: state.ranking,
    genero: state.genre,
    decada: state.decade,
    gustos: state.likes.join(","),
    no_gustos: state.dislikes.join(","),
    lang: state.lang === "en" && "en",
  };
  for (const [name, value] of Object.entries(parameters)) if (value) query.set(name, value);
  const text = query.toString().replaceAll("%2C", ",");
  return text ? `?${text}` : location.pathname;
}

/** No question: a change of it leaves tastes, filters and language as they are. */
export const NO_QUESTION = { film: null, title: null, kind: null, name: null, person: null, ranking: null };

/** The filters of the recommendations, as parameters of the API. */
export const filters = ({ genre, decade }) => ({
  ...(genre && { genero: genre }),
  ...(decade && { desde: decade, hasta: decade + 9 }),
});

/** Likes and dislikes after a film was liked, or disliked; the same again takes it back. */
export function toggleTaste(state, id, liked) {
  const without = (list) => list.filter((other) => other !== id);
  const toggled = (list) => (list.includes(id) ? without(list) : [...list, id]);
  return liked
    ? { likes: toggled(state.likes), dislikes: without(state.dislikes) }
    : { likes: without(state.likes), dislikes: toggled(state.dislikes) };
}
