// What is asked, which is all in the address: a reload, a shared link and the back button show it.

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
  const likes = [...new Set(numbers(query.get("gustos")))];
  return {
    lang: query.get("lang") === "en" ? "en" : "es",
    film: film ?? null,
    title: query.get("titulo"),
    kind: query.get("tipo"),
    name: query.get("nombre"),
    ranking: query.get("lista"),
    genre: Object.hasOwn(GENRES, query.get("genero")) ? query.get("genero") : null,
    decade: DECADES.find((first) => String(first) === query.get("decada")) ?? null,
    likes,
    dislikes: [...new Set(numbers(query.get("no_gustos")))].filter((id) => !likes.includes(id)),
  };
}

export function address(state) {
  const query = new URLSearchParams();
  const given = {
    pelicula: state.film,
    titulo: state.title,
    tipo: state.name && state.kind,
    nombre: state.kind && state.name,
    lista: state.ranking,
    genero: state.genre,
    decada: state.decade,
    gustos: state.likes.join(","),
    no_gustos: state.dislikes.join(","),
    lang: state.lang === "en" && "en",
  };
  for (const [name, value] of Object.entries(given)) if (value) query.set(name, value);
  const asked = query.toString().replaceAll("%2C", ",");
  return asked ? `?${asked}` : location.pathname;
}

/** What asks for one thing in place of another; tastes, what they are kept to, and language stay. */
export const NOTHING = { film: null, title: null, kind: null, name: null, ranking: null };

/** What recommendations are kept to, as the API is asked for it. */
export const kept = ({ genre, decade }) => ({
  ...(genre && { genero: genre }),
  ...(decade && { desde: decade, hasta: decade + 9 }),
});

/** Likes and dislikes after somebody has said `liked` of a film; saying it again takes it back. */
export function tasted(state, id, liked) {
  const without = (list) => list.filter((other) => other !== id);
  const toggled = (list) => (list.includes(id) ? without(list) : [...list, id]);
  return liked
    ? { likes: toggled(state.likes), dislikes: without(state.dislikes) }
    : { likes: without(state.likes), dislikes: toggled(state.dislikes) };
}
