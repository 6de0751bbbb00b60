// What each part of the page asks the API for.

import { KINDS, LIST_KINDS, get, post } from "./api.js";
import { filters, listFilters } from "./state.js";
import { MOST_NAMED } from "./tastes.js";
import { called, say } from "./texts.js";

const FILMS_OF_A_PERSON = 50;
const FILMS_OF_A_LIST = 20;
// So many of a person's parts come at once.
const MOST_PARTS = 100;
const FOR_SOMEBODY = 10;
const SUGGESTED = 8;
// So many countries and languages are there to choose from, those of the most films.
const MOST_NAMES = 100;
const NONE = { total: 0, pagina: 1, limite: FILMS_OF_A_LIST, resultados: [], recomendaciones: [], aviso: true };

/** Whether a 404 is due to a filter that no film passes: there are none then. */
const noneFit = (error, asked) =>
  error.status === 404 && ["genero", "pais", "idioma"].some((name) => name in asked);

/** Ask for recommendations with the filters. */
async function recommendations(state, ask) {
  const asked = filters(state);
  try {
    return await ask(asked);
  } catch (error) {
    if (!noneFit(error, asked)) throw error;
    return NONE;
  }
}

/** The facts of a film; with its number, the title only says what it was found by. */
async function facts({ film, title }, signal) {
  if (!film) return get("pelicula", { titulo: title }, signal);
  try {
    return await get("pelicula", { id: film, ...(title && { titulo: title }) }, signal);
  } catch (error) {
    if (error.status !== 404 || !title) throw error;
    return get("pelicula", { id: film }, signal);
  }
}

/** A film and those like it: all asked for at once, if its number is at hand. */
export async function film(state, signal) {
  const known = facts(state, signal);
  const alike = async (id) => recommendations(state, (asked) => get("recomendacion", { id, ...asked }, signal));
  // Without the facts there is still a film to show.
  const shown = state.film ? await Promise.all([known.catch((error) => (error.status === 404 ? Promise.reject(error) : null)), alike(state.film)])
    : [await known, await alike((await known).id)];
  const [found, others] = shown;
  // Those like a film that none may be like do not say which film it is.
  return { facts: found, alike: others.id ? others : { ...others, ...(found ?? { id: state.film, titulo: `#${state.film}` }) } };
}

/** What a search for a name finds, best first, with labels and questions. */
export async function searchFor(text, kind, signal) {
  const found = await get("buscar", { q: text, limite: SUGGESTED, ...(kind && { tipo: kind }) }, signal);
  // People of one name look the same here: the first one's page has the others.
  const first = (each, place, all) =>
    each.anio || all.findIndex(({ tipo, nombre }) => tipo === each.tipo && nombre === each.nombre) === place;
  return found.resultados.filter(first).map((each) => ({
    ...each,
    label: ["pais", "idioma"].includes(each.tipo) ? called(each.tipo, { [each.tipo]: each.nombre }) : each.nombre,
    detail: [each.encontrada_como, say(each.tipo), each.anio].filter(Boolean).join(" · "),
    question: each.tipo !== "pelicula" ? { kind: each.tipo, name: each.nombre, person: each.id }
      : each.id ? { film: each.id } : { title: each.nombre },
  }));
}

/** A person's figures, and all their films with what only those say: parts, costs and returns. */
async function person({ kind, name, person: id }, signal) {
  const page = (pagina) => get(KINDS[kind].route, { nombre: name, ...(id && { id }), limite: MOST_PARTS, pagina }, signal);
  const answer = await page(1);
  const pages = Math.ceil((answer.cantidad ?? answer.cantidad_filmaciones) / MOST_PARTS);
  const more = await Promise.all(Array.from({ length: pages - 1 }, (_, place) => page(place + 2)));
  return { ...answer, peliculas: [answer, ...more].flatMap(({ peliculas }) => peliculas) };
}

/** The figures of a thing, where it has any, and a list of its films. */
export async function thing(state, signal) {
  const { kind, name, page } = state;
  const figures = KINDS[kind];
  const chosen = listFilters(state);
  const list = (own, limite) => get("peliculas", {
    ...chosen,
    ...own,
    // A genre's films may have to be of others, too.
    ...(own.genero && chosen.genero && { genero: `${own.genero},${chosen.genero}` }),
    ...(state.order && { orden: state.order }),
    limite,
    pagina: page ?? 1,
  }, signal).catch((error) => (noneFit(error, chosen) ? NONE : Promise.reject(error)));
  if (["director", "actor"].includes(kind)) {
    const answer = await person(state, signal);
    // Of people of one name, the films of the one who has answered.
    const own = Object.fromEntries(new URLSearchParams(answer.peliculas_url.split("?")[1]));
    return { answer, list: await list(own, FILMS_OF_A_PERSON) };
  }
  const [answer, listed] = await Promise.all([
    figures ? get(figures.route, { [figures.parameter]: name }, signal) : null,
    // As many as the figures count.
    list({ ...(figures && { estado: "todas" }), ...LIST_KINDS[kind](name) }, FILMS_OF_A_LIST),
  ]);
  return { answer, list: listed };
}

/** Recommendations for somebody's tastes, whose titles go into `titles`. */
export async function personal(state, titles, signal) {
  const films = (ids) => ids.map((id) => ({ id }));
  const { likes, dislikes } = state;
  const unnamed = [...likes, ...dislikes].filter((id) => !titles.has(id)).slice(-MOST_NAMED);
  const [answer, named] = await Promise.all([
    recommendations(state, (asked) =>
      post("recomendacion", { gustos: films(likes), no_gustos: films(dislikes), n: FOR_SOMEBODY, ...asked }, signal)),
    unnamed.length ? get("pelicula", { ids: unnamed.join(",") }, signal) : { peliculas: [], no_encontrados: [] },
  ]);
  for (const each of named.peliculas) titles.set(each.id, each.titulo);
  // A shared address may name a film that a later catalogue does not have.
  for (const id of named.no_encontrados) titles.set(id, `#${id}`);
  return answer;
}

export const ranking = (kind, signal) => get(KINDS[kind].route, { limite: 10 }, signal);

const asked = {};

/** The names of countries or languages to choose from, in order; asked for once. */
export async function namesOf(kind) {
  asked[kind] ??= get(KINDS[kind].route, { limite: MOST_NAMES }, new AbortController().signal);
  try {
    return (await asked[kind]).resultados
      .map((each) => ({ value: each.nombre ?? each[kind], name: called(kind, each) }))
      .sort((one, other) => one.name.localeCompare(other.name));
  } catch {
    // Whoever opens the filters again asks again.
    delete asked[kind];
    return [];
  }
}
