// The page: the address holds the question; each part of the page asks the API one.

import { KINDS, Problem, get, post } from "./api.js";
import { combobox } from "./combobox.js";
import { byId, el } from "./dom.js";
import { NO_QUESTION, address, filters, read, toggleTaste } from "./state.js";
import { called, number, say, sayProblem, speak } from "./texts.js";
import * as views from "./views.js";

const SLOW_MS = 4_000;
const FILMS_OF_A_PERSON = 50;
const FOR_SOMEBODY = 10;
const SUGGESTED = 8;
const SEARCHED = ["pelicula", "director", "actor", "franquicia", "productora", "pais", "idioma"];

let state = read();
let asking = new AbortController();
// The question that each part of the page answers.
const shownFor = {};
// Titles of films that were liked or disliked: an address holds their numbers alone.
const titles = new Map();

const go = {
  to: (change) => address({ ...state, ...NO_QUESTION, ...change }),
  follow(event, change) {
    // A new tab is the browser's affair.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go.ask(change);
  },
  ask(change) {
    go.change({ ...NO_QUESTION, ...change });
    byId("respuesta").scrollIntoView();
    focusAnswer = true;
  },
  change(change) {
    state = { ...state, ...change };
    history.pushState(null, "", address(state));
    render();
  },
  taste(film, liked) {
    if (film.titulo) titles.set(film.id, film.titulo);
    go.change(toggleTaste(state, film.id, liked));
  },
  async share(button) {
    await navigator.clipboard.writeText(location.href);
    button.textContent = say("shared");
  },
};

let focusAnswer = false;

/**
 * Fill a part of the page with an answer, unless it is there already. If the API knows no such
 * thing, `name` is what was asked for, and `instead` asks for one of the suggestions.
 */
async function fill(id, asked, answer, { name, instead = () => NO_QUESTION } = {}) {
  const place = byId(id);
  if (shownFor[id] === asked) return;
  const renewed = id === "gustos" && shownFor[id];
  shownFor[id] = null;
  const { signal } = asking;
  const key = place.contains(document.activeElement) && document.activeElement.dataset.key;
  const wait = views.waiting();
  // The old content stays for a moment: most answers come sooner.
  const show = setTimeout(() => place.replaceChildren(wait), place.firstChild ? 200 : 0);
  const slow = setTimeout(() => { wait.firstChild.textContent = say("slow"); }, SLOW_MS);
  let shown;
  let came = asked;
  try {
    shown = await answer(signal);
  } catch (error) {
    if (signal.aborted) return;
    came = null;
    const problem = error instanceof Problem ? error : new Problem("other");
    // A problem of several parts is shown once; a retry asks for all of them.
    shown = problem.status !== 404 && document.querySelector(`[data-problem="${problem.status}"]`)
      ? "" : views.problem(problem, { name, retry: render, instead }, go);
  } finally {
    clearTimeout(show);
    clearTimeout(slow);
  }
  if (signal.aborted) return;
  shownFor[id] = came;
  place.replaceChildren(shown);
  // The focused element was replaced: focus its successor, unless the focus has moved on.
  if (key && document.activeElement === document.body) place.querySelector(`[data-key="${key}"]`)?.focus();
  const films = place.querySelectorAll(".film h3");
  if (renewed && films.length) {
    byId("anuncio").textContent = say("renewed", { n: number(films.length), title: films[0].textContent });
  }
  if (id === "respuesta" && focusAnswer) {
    focusAnswer = false;
    place.querySelector("h2")?.focus();
  }
}

/** Ask for recommendations with the filters. A genre that no film has is a 404: there are none then. */
async function recommendations(ask) {
  const asked = filters(state);
  try {
    return await ask(asked);
  } catch (error) {
    if (error.status !== 404 || !("genero" in asked)) throw error;
    return { ...await ask({}), recomendaciones: [], aviso: say("noneFit") };
  }
}

async function film(signal) {
  const alike = state.film
    ? recommendations((asked) => get("recomendacion", { id: state.film, ...asked }, signal))
    : filmByTitle(signal);
  // With its number at hand, all is asked for at once.
  const id = state.film ?? (await alike).id;
  const facts = ["peliculas_duracion", "score_titulo", "votos_titulo"].map((route) =>
    // Without one of them there is still a film to show.
    get(route, { id }, signal).catch(() => null));
  const [found, time, score, votes] = await Promise.all([alike, ...facts]);
  titles.set(found.id, found.titulo);
  document.title = `${found.titulo} · Cartelera`;
  return views.film({ alike: found, time, score, votes }, state, go);
}

/** The film of a title. A title that is unknown may be the name of something else. */
async function filmByTitle(signal) {
  try {
    return await recommendations((asked) => get("recomendacion", { titulo: state.title, ...asked }, signal));
  } catch (error) {
    if (error.status === 404) {
      const found = await searchFor(state.title, "", signal);
      const films = new Set(found.filter(({ tipo }) => tipo === "pelicula").map(({ nombre }) => nombre));
      // The nearest titles go first, with their facts where the search has found them too.
      const near = new Map(error.suggestions.map(({ nombre }, place) => [nombre, place]));
      const rank = ({ nombre }) => near.get(nombre) ?? near.size;
      error.suggestions = [
        ...[...near.keys()].filter((nombre) => !films.has(nombre)).map((nombre) => ({ tipo: "pelicula", nombre, detail: say("pelicula") })),
        ...found,
      ].sort((one, other) => rank(one) - rank(other));
    }
    throw error;
  }
}

/** What a search for a name finds, with labels. */
async function searchFor(text, kind, signal) {
  const found = await get("buscar", { q: text, limite: SUGGESTED, ...(kind && { tipo: kind }) }, signal);
  // People of one name look the same here: the first one's page has the others.
  const first = (each, place, all) =>
    each.anio || all.findIndex(({ tipo, nombre }) => tipo === each.tipo && nombre === each.nombre) === place;
  return found.resultados.filter(first).map((each) => ({
    ...each,
    label: ["pais", "idioma"].includes(each.tipo) ? called(each.tipo, { [each.tipo]: each.nombre }) : each.nombre,
    detail: [each.encontrada_como, say(each.tipo), each.anio].filter(Boolean).join(" · "),
  }));
}

const questionAbout = ({ tipo, id, nombre }) =>
  (tipo !== "pelicula" ? { kind: tipo, name: nombre, person: id } : id ? { film: id } : { title: nombre });

async function thing(signal) {
  const { route, parameter } = KINDS[state.kind];
  const person = ["director", "actor"].includes(state.kind)
    ? { limite: FILMS_OF_A_PERSON, ...(state.person && { id: state.person }) } : {};
  const answer = await get(route, { [parameter]: state.name, ...person }, signal);
  document.title = `${state.name} · Cartelera`;
  return views.thing(state.kind, answer, go);
}

async function personal(signal) {
  const films = (ids) => ids.map((id) => ({ id }));
  const { likes, dislikes } = state;
  const unnamed = [...likes, ...dislikes].filter((id) => !titles.has(id));
  const [answer, ...others] = await Promise.all([
    recommendations((asked) =>
      post("recomendacion", { gustos: films(likes), no_gustos: films(dislikes), n: FOR_SOMEBODY, ...asked }, signal)),
    ...unnamed.map((id) => get("score_titulo", { id }, signal).catch((error) => {
      // A shared address may name a film that a later catalogue does not have.
      if (error.status === 404) return { id, titulo: `#${id}` };
      throw error;
    })),
  ]);
  for (const each of others) titles.set(each.id, each.titulo);
  return views.personal(titles, answer, state, go);
}

const ranking = (kind) => async (signal) =>
  views.rankings(kind, views.ranking(kind, await get(KINDS[kind].route, { limite: 10 }, signal), go), go);

function render() {
  asking.abort();
  asking = new AbortController();
  for (const each of document.querySelectorAll("[data-problem]")) each.remove();
  const { lang, film: id, title, kind, name, person, genre, decade, likes, dislikes } = state;
  speak(lang);
  paint();
  document.title = "Cartelera";
  document.body.classList.toggle("answered", Boolean(id || title || (kind && name)));
  const tastes = JSON.stringify([lang, genre, decade, likes, dislikes]);
  if (id || title) {
    fill("respuesta", JSON.stringify([id, title, tastes]), film, { name: title, instead: questionAbout });
  } else if (Object.hasOwn(KINDS, kind) && name) {
    fill("respuesta", JSON.stringify([lang, kind, name, person]), thing, { name, instead: ({ nombre }) => ({ kind, name: nombre }) });
  } else {
    shownFor.respuesta = null;
    byId("respuesta").replaceChildren();
  }
  fill("gustos", tastes, personal);
  const list = state.ranking in KINDS && KINDS[state.ranking].sum ? state.ranking : "franquicia";
  fill("listas", JSON.stringify([lang, list]), ranking(list));
}

/** Set the parts of the page itself that depend on the language. */
function paint() {
  const button = byId("idioma");
  const other = state.lang === "es" ? "en" : "es";
  button.lang = other;
  button.textContent = other === "en" ? "English" : "Español";
  byId("inicio").href = address({ ...state, ...NO_QUESTION });
  for (const label of document.querySelectorAll("[data-kind]")) label.textContent = say(label.dataset.kind);
}

const field = byId("busqueda");
const hint = byId("consejo");
const kinds = byId("tipos");

kinds.append(...["everything", ...SEARCHED].map((kind, index) => el("label", {},
  el("input", {
    type: "radio", name: "tipo", value: index ? kind : "", checked: index === 0, onchange: () => { search.ask(); field.focus(); },
  }),
  el("span", { "data-kind": kind }))));

const search = combobox(field, byId("sugerencias"), {
  suggest: (text, signal) => searchFor(text, kinds.querySelector(":checked").value, signal),
  choose: (option) => go.ask(questionAbout(option)),
  report(found) {
    const texts = { 0: "foundNone", 1: "foundOne" };
    if (found === null) hint.textContent = "";
    else if (typeof found === "number") hint.textContent = say(texts[found] ?? "found", { n: number(found) });
    else hint.textContent = sayProblem("problem", found);
  },
});

byId("buscador").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value.trim();
  search.close();
  const kind = kinds.querySelector(":checked").value;
  if (text) go.ask(kind && kind !== "pelicula" ? { kind, name: text } : { title: text });
});

byId("idioma").addEventListener("click", () => go.change({ lang: state.lang === "es" ? "en" : "es" }));
byId("inicio").addEventListener("click", (event) => {
  field.value = "";
  go.follow(event, {});
});
window.addEventListener("popstate", () => {
  state = read();
  render();
});
render();
