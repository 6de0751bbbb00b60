// A film as a tile: a poster made of its title, why it is recommended, and buttons to like it or not.

import { el } from "./dom.js";
import { number, reason, say } from "./texts.js";

// Degrees of the colour circle from one id to the next: neighbours look nothing alike.
const TURN = 137.5;
// The style sheet has this many.
const SHAPES = 5;

const link = (film, go) =>
  el("a", {
    href: go.to({ film: film.id }),
    onclick: (event) => go.follow(event, { film: film.id }),
  }, film.titulo);

/** The colours and the shape by which a film is drawn, always the same. */
export const art = (film) => ({ "--hue": (film.id * TURN) % 360, "data-art": film.id % SHAPES });

/** The buttons to like and to dislike a film. */
export function verdict(film, state, go, roomy = false) {
  const button = (liked, pressed) => {
    const label = liked ? "like" : "dislike";
    return el("button", {
      type: "button",
      class: label,
      "data-key": `${label}-${film.id}`,
      "aria-pressed": String(pressed),
      "aria-label": say(`${label}Film`, { title: film.titulo }),
      onclick: () => go.taste(film, liked),
      title: say(label),
    }, el("span", { "aria-hidden": "true" }, liked ? "♥" : "✕"), liked || roomy ? ` ${say(label)}` : null);
  };
  return el("div", { class: "verdict" },
    button(true, state.likes.includes(film.id)),
    button(false, state.dislikes.includes(film.id)));
}

function reasons(film) {
  if (!film.motivos?.length) return null;
  return el("ul", { class: "reasons" }, film.motivos.map((text) => {
    const [kind, name] = reason(text);
    return el("li", {}, el("b", {}, `${kind} `), name);
  }));
}

function similarity(film) {
  if (!(film.similitud > 0)) return null;
  const percent = Math.round(film.similitud * 100);
  return el("p", { class: "similarity", "--share": `${percent}%` }, say("similarity", { n: number(percent) }));
}

function sources(film) {
  const names = film.por?.map((liked) => liked.titulo) ?? [];
  return names.length ? el("p", { class: "sources" }, say("because", { names: names.join(" · ") })) : null;
}

export const tile = (film, state, go) =>
  el("li", { class: "film" },
    el("div", { class: "poster", ...art(film) },
      el("h3", {}, link(film, go)),
      el("span", { class: "year" }, String(film.anio))),
    similarity(film), reasons(film), sources(film), verdict(film, state, go));

export const tiles = (films, state, go) =>
  el("ul", { class: "films" }, films.map((film) => tile(film, state, go)));
