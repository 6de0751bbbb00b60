// The page: the address holds the question; each part of the page asks the API one.

import { KINDS, Problem } from "./api.js";
import * as answers from "./answers.js";
import { combobox } from "./combobox.js";
import { byId, el } from "./dom.js";
import { film as filmView } from "./film.js";
import { paintVerdicts } from "./films.js";
import { onSaved } from "./saved.js";
import { NO_QUESTION, address, filters, listFilters, plain, read, toggleTaste } from "./state.js";
import * as tastes from "./tastes.js";
import { moment, number, say, sayProblem, speak } from "./texts.js";
import * as views from "./views.js";

const SLOW_MS = 4_000;
// Of what a search finds beside the best.
const OTHERS = 4;
const SEARCHED = ["pelicula", "director", "actor", "franquicia", "productora", "pais", "idioma"];

let state = read();
let asking = new AbortController();
// The question that each part of the page answers.
const shownFor = {};
// Titles of films that were liked or disliked: an address holds their numbers alone.
const titles = new Map();
// Whether the address has the tastes of somebody else, which are not kept as one's own.
let ofOthers = false;
// What was typed, the question that it led to, and what else it may have been, if it is not exactly that.
let typed = { text: "", question: null, others: null };
// The part of the page whose heading gets the focus once it is there.
let focusOn = null;

const question = ({ film, title, search, kind, name, person }) => JSON.stringify([film, title, search, kind, name, person]);

const go = {
  to: (change) => address({ ...state, ...NO_QUESTION, ...change }),
  toPage: (page) => address({ ...state, page }),
  follow(event, change) {
    // A new tab is the browser's affair.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go.ask(change);
  },
  followPage(event, page) {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go.ask({ ...state, page });
  },
  ask(change) {
    focusOn = "respuesta";
    go.change({ ...NO_QUESTION, ...change });
    byId("respuesta").scrollIntoView();
  },
  change(change, held = false) {
    state = { ...state, ...change };
    history.pushState(null, "", address(state));
    if ("likes" in change && !ofOthers) tastes.store(state, titles);
    render(held);
  },
  /** Go on to what was meant, in the place of what was asked. */
  replace(change, text, others) {
    state = { ...state, ...NO_QUESTION, ...change };
    history.replaceState(null, "", address(state));
    typed = { text, question: question(state), others };
    render();
  },
  taste(film, liked, button) {
    if (film.titulo) titles.set(film.id, film.titulo);
    const change = toggleTaste(state, film.id, liked);
    if (change.likes.length + change.dislikes.length > tastes.MOST_TASTES) {
      byId("anuncio").textContent = say("enough", { n: number(tastes.MOST_TASTES) });
      return;
    }
    // A list that is being gone through stays as it is.
    go.change(change, Boolean(button?.closest("#gustos .films")));
  },
  renew() {
    focusOn = "gustos";
    render();
  },
  async share(button) {
    await navigator.clipboard.writeText(location.href);
    button.textContent = say("shared");
  },
  download: () => tastes.download(state),
  ofOthers: () => ofOthers,
  mine() {
    ofOthers = false;
    const { likes, dislikes } = tastes.stored();
    go.change({ likes, dislikes });
  },
  takeOver() {
    ofOthers = false;
    shownFor.gustos = null;
    tastes.store(state, titles);
    render();
  },
  namesOf: answers.namesOf,
};

/**
 * Fill a part of the page with an answer, unless it is there already. If the API knows no such
 * thing, `name` is what was asked for.
 */
async function fill(id, asked, answer, { name, instead = () => NO_QUESTION } = {}) {
  const place = byId(id);
  if (shownFor[id] === asked) return;
  const renewed = id === "gustos" && shownFor[id];
  shownFor[id] = null;
  place.ariaBusy = "true";
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
  place.ariaBusy = null;
  shownFor[id] = came;
  place.replaceChildren(shown);
  // It may have been liked meanwhile.
  paintVerdicts(place, state);
  // The focused element was replaced: focus its successor, unless the focus has moved on.
  if (key && document.activeElement === document.body) place.querySelector(`[data-key="${key}"]`)?.focus();
  const films = place.querySelectorAll(".film h3");
  if (renewed && films.length) {
    byId("anuncio").textContent = say("renewed", { n: number(films.length), title: films[0].textContent });
  }
  if (id === focusOn) {
    focusOn = null;
    place.querySelector("h2")?.focus();
  }
}

/** Go on to the best that a search finds; without any, say so. */
async function best(text, kind, signal) {
  const [first, ...others] = await answers.searchFor(text, kind, signal);
  if (signal.aborted) return;
  if (!first) throw new Problem(404);
  const same = plain(first.nombre) === plain(text);
  // A film may have what was typed for another of its names: the page says so.
  const name = first.tipo === "pelicula" && first.id && !same ? { title: text } : {};
  go.replace({ ...first.question, ...name }, text, same ? null : others.slice(0, OTHERS));
}

async function film(signal) {
  let found;
  try {
    found = await answers.film(state, signal);
  } catch (error) {
    if (error.status !== 404 || state.film) throw error;
    return best(state.title, "", signal);
  }
  const { id, titulo } = found.facts ?? found.alike;
  titles.set(id, titulo);
  document.title = `${titulo} · Cartelera`;
  return filmView(found, state, go);
}

async function thing(signal) {
  const found = await answers.thing(state, signal);
  document.title = `${views.thingName(state.kind, found.answer, state.name)} · Cartelera`;
  return views.thing(state.kind, found, state, go);
}

async function personal(signal) {
  const answer = await answers.personal(state, titles, signal);
  if (!ofOthers) tastes.store(state, titles);
  return views.personal(titles, answer, state, go);
}

const ranking = (kind) => async (signal) =>
  views.rankings(kind, views.ranking(kind, await answers.ranking(kind, signal), go), go);

/** Show what the address asks for; `held`: the list for somebody stays until they ask for the new one. */
function render(held = false) {
  asking.abort();
  asking = new AbortController();
  for (const each of document.querySelectorAll("[data-problem]")) each.remove();
  for (const each of document.querySelectorAll("main > [aria-busy]")) each.ariaBusy = null;
  const { lang, film: id, title, search: text, among, kind, name, person, page, order } = state;
  speak(lang);
  paint();
  document.title = "Cartelera";
  const asked = Boolean(id || title || text || (kind && name));
  document.body.classList.toggle("answered", asked);
  const chosen = JSON.stringify([lang, filters(state)]);
  if (id || title) {
    fill("respuesta", JSON.stringify([id, title, chosen]), film, { name: title });
  } else if (text) {
    fill("respuesta", JSON.stringify([text, among]), (signal) => best(text, among, signal), { name: text });
  } else if (kind && name) {
    fill("respuesta", JSON.stringify([lang, kind, name, person, page, order, listFilters(state)]), thing,
      { name, instead: ({ nombre }) => ({ kind, name: nombre }) });
  } else {
    shownFor.respuesta = null;
    byId("respuesta").replaceChildren();
  }
  paintVerdicts(document, state);
  const renew = byId("gustos").querySelector(".renew");
  if (held && renew) {
    renew.hidden = false;
    byId("anuncio").textContent = say("held");
  } else {
    fill("gustos", JSON.stringify([chosen, state.likes, state.dislikes]), personal);
  }
  const list = KINDS[state.ranking]?.sum ? state.ranking : "franquicia";
  fill("listas", JSON.stringify([lang, list]), ranking(list));
}

/** Set the parts of the page itself that depend on the language, the question or the tastes. */
function paint() {
  const button = byId("idioma");
  const other = state.lang === "es" ? "en" : "es";
  button.lang = other;
  button.textContent = other === "en" ? "English" : "Español";
  byId("inicio").href = address({ ...state, ...NO_QUESTION });
  for (const link of document.querySelectorAll("[data-english]")) {
    link.href = state.lang === "en" ? link.dataset.english : link.dataset.page;
  }
  const liked = state.likes.length + state.dislikes.length;
  byId("tuyas").textContent = liked ? `${say("forYou")} (${number(liked)})` : say("forYou");
  for (const label of document.querySelectorAll("[data-kind]")) label.textContent = say(label.dataset.kind);
  const here = typed.question === question(state);
  field.value = here ? typed.text : state.search ?? "";
  hint.replaceChildren(here && typed.others ? views.others(typed.text, typed.others, go) : "");
  const notice = byId("aviso");
  notice.hidden = state.noGenres.length === 0;
  notice.textContent = notice.hidden ? "" : say("noGenre", { name: state.noGenres.join(", ") });
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
  suggest: (text, signal) => answers.searchFor(text, kinds.querySelector(":checked").value, signal),
  choose(option) {
    typed = { text: option.label, question: question({ ...state, ...NO_QUESTION, ...option.question }), others: null };
    go.ask(option.question);
  },
  report(found) {
    const texts = { 0: "foundNone", 1: "foundOne" };
    if (found === null) hint.textContent = "";
    else if (typeof found === "number") hint.textContent = say(texts[found] ?? "found", { n: number(found) });
    else hint.textContent = found.status === 400 ? found.detail : sayProblem("problem", found);
  },
});

byId("buscador").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value.trim();
  search.close();
  if (text) go.ask({ search: text, among: kinds.querySelector(":checked").value || null });
});

byId("idioma").addEventListener("click", () => go.change({ lang: state.lang === "es" ? "en" : "es" }));
byId("inicio").addEventListener("click", (event) => go.follow(event, {}));
window.addEventListener("popstate", () => {
  state = read();
  if (!ofOthers) tastes.store(state, titles);
  render();
});
onSaved((when) => {
  const notice = byId("sin-red");
  notice.hidden = when === null;
  if (when) notice.textContent = say("saved", { when: moment(when) });
});
// The link to the list for somebody is in the way where the list is.
new IntersectionObserver(([{ isIntersecting }]) => byId("tuyas").classList.toggle("there", isIntersecting)).observe(byId("gustos"));

const mine = tastes.stored();
for (const [id, title] of mine.titles) titles.set(id, title);
if (state.likes.length + state.dislikes.length === 0) {
  state = { ...state, likes: mine.likes, dislikes: mine.dislikes };
  history.replaceState(null, "", address(state));
} else {
  ofOthers = mine.likes.length + mine.dislikes.length > 0 && !tastes.sameTastes(state, mine);
}
render();
// Without it, as over plain HTTP, the page needs the network to open.
navigator.serviceWorker?.register("pagina/worker.js", { scope: "./" }).catch(() => {});
