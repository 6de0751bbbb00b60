// The page: what is asked is in the address; each part of the page is one question to the API.

import { KINDS, Problem, get, post } from "./api.js";
import { combobox } from "./combobox.js";
import { byId, el } from "./dom.js";
import { NOTHING, address, read, tasted } from "./state.js";
import { called, number, say, speak } from "./texts.js";
import * as views from "./views.js";

const SLOW_MS = 4_000;
const FILMS_OF_A_PERSON = 50;
const FOR_SOMEBODY = 10;
const SUGGESTED = 8;
const FOUND = ["pelicula", "director", "actor", "franquicia", "productora", "pais", "idioma"];

let state = read();
let asking = new AbortController();
// What each part of the page shows, as it was asked.
const last = {};
// Titles of films that were liked or disliked: an address holds their numbers alone.
const titles = new Map();

const go = {
  to: (change) => address({ ...state, ...NOTHING, ...change }),
  follow(event, change) {
    // A new tab is the browser's affair.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go.ask(change);
  },
  ask(change) {
    go.change({ ...NOTHING, ...change });
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
    go.change(tasted(state, film.id, liked));
  },
  async share(button) {
    await navigator.clipboard.writeText(location.href);
    button.textContent = say("shared");
  },
};

let focusAnswer = false;

/** Fill a part of the page with what `answer` comes to, unless it is there already. */
async function fill(id, asked, answer, instead = () => NOTHING) {
  const place = byId(id);
  if (last[id] === asked) return;
  last[id] = null;
  const { signal } = asking;
  const wait = views.waiting();
  // What is there stays for a moment: most answers come before one would see it go.
  const show = setTimeout(() => place.replaceChildren(wait), place.firstChild ? 200 : 0);
  const slow = setTimeout(() => { wait.firstChild.textContent = say("slow"); }, SLOW_MS);
  let shown;
  let came = asked;
  try {
    shown = await answer(signal);
  } catch (error) {
    if (signal.aborted) return;
    came = null;
    shown = views.problem(error instanceof Problem ? error : new Problem("other"), { retry: render, instead }, go);
  } finally {
    clearTimeout(show);
    clearTimeout(slow);
  }
  if (signal.aborted) return;
  last[id] = came;
  const key = place.contains(document.activeElement) && document.activeElement.dataset.key;
  place.replaceChildren(...(shown ? [shown] : []));
  // The button that was pressed is a new one now.
  if (key) place.querySelector(`[data-key="${key}"]`)?.focus();
  if (id === "respuesta" && focusAnswer) {
    focusAnswer = false;
    place.querySelector("h2")?.focus();
  }
}

async function film(signal) {
  const which = state.film ? { id: state.film } : { titulo: state.title };
  const alike = await get("recomendacion", which, signal);
  titles.set(alike.id, alike.titulo);
  const id = { id: alike.id };
  const [time, score, votes] = await Promise.all(
    ["peliculas_duracion", "score_titulo", "votos_titulo"].map((route) => get(route, id, signal)));
  document.title = `${alike.titulo} · Cartelera`;
  return views.film({ alike, time, score, votes }, state, go);
}

async function thing(signal) {
  const { route, parameter } = KINDS[state.kind];
  const person = ["director", "actor"].includes(state.kind) ? { limite: FILMS_OF_A_PERSON } : {};
  const answer = await get(route, { [parameter]: state.name, ...person }, signal);
  document.title = `${state.name} · Cartelera`;
  return views.thing(state.kind, answer, go);
}

async function personal(signal) {
  const wanted = (ids) => ids.map((id) => ({ id }));
  const { likes, dislikes } = state;
  const unnamed = [...likes, ...dislikes].filter((id) => !titles.has(id));
  const [answer, ...named] = await Promise.all([
    post("recomendacion", { gustos: wanted(likes), no_gustos: wanted(dislikes), n: FOR_SOMEBODY }, signal),
    ...unnamed.map((id) => get("score_titulo", { id }, signal).catch((error) => {
      // A shared address may name a film that a later catalogue does not have.
      if (error.status === 404) return { id, titulo: `#${id}` };
      throw error;
    })),
  ]);
  for (const each of named) titles.set(each.id, each.titulo);
  return views.personal(titles, answer, state, go);
}

const ranking = (kind) => async (signal) =>
  views.rankings(kind, views.ranking(kind, await get(KINDS[kind].route, { limite: 10 }, signal), go), go);

function render() {
  asking.abort();
  asking = new AbortController();
  const { lang, film: id, title, kind, name, likes, dislikes } = state;
  speak(lang);
  paint();
  document.title = "Cartelera";
  document.body.classList.toggle("answered", Boolean(id || title || (kind && name)));
  const tastes = JSON.stringify([lang, likes, dislikes]);
  if (id || title) {
    fill("respuesta", JSON.stringify([id, title, tastes]), film, (found) => ({ title: found }));
  } else if (kind in KINDS && name) {
    fill("respuesta", JSON.stringify([lang, kind, name]), thing, (found) => ({ kind, name: found }));
  } else {
    last.respuesta = null;
    byId("respuesta").replaceChildren();
  }
  fill("gustos", tastes, personal);
  const list = state.ranking in KINDS && KINDS[state.ranking].sum ? state.ranking : "franquicia";
  fill("listas", JSON.stringify([lang, list]), ranking(list));
}

/** What of the page itself depends on the language. */
function paint() {
  const button = byId("idioma");
  const other = state.lang === "es" ? "en" : "es";
  button.lang = other;
  button.textContent = other === "en" ? "English" : "Español";
  byId("inicio").href = address({ ...state, ...NOTHING });
  for (const label of document.querySelectorAll("[data-kind]")) label.textContent = say(label.dataset.kind);
}

const field = byId("busqueda");
const hint = byId("consejo");
const kinds = byId("tipos");

kinds.append(...["everything", ...FOUND].map((kind, index) => el("label", {},
  el("input", {
    type: "radio", name: "tipo", value: index ? kind : "", checked: index === 0, onchange: () => { search.ask(); field.focus(); },
  }),
  el("span", { "data-kind": kind }))));

const search = combobox(field, byId("sugerencias"), {
  async suggest(text, signal) {
    const kind = kinds.querySelector(":checked").value;
    const found = await get("buscar", { q: text, limite: SUGGESTED, ...(kind && { tipo: kind }) }, signal);
    return found.resultados.map((each) => ({
      ...each,
      label: ["pais", "idioma"].includes(each.tipo) ? called(each.tipo, { [each.tipo]: each.nombre }) : each.nombre,
      detail: [say(each.tipo), each.anio].filter(Boolean).join(" · "),
    }));
  },
  choose: ({ tipo, id, nombre }) => go.ask(tipo === "pelicula" ? { film: id } : { kind: tipo, name: nombre }),
  tell(found) {
    const texts = { 0: "foundNone", 1: "foundOne" };
    if (found === null) hint.textContent = "";
    else if (typeof found === "number") hint.textContent = say(texts[found] ?? "found", { n: number(found) });
    else hint.textContent = say(`problem_${found.status}`);
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
