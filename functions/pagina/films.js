// A film as a tile: a poster made of its title, why it is recommended, and buttons to like it or not.

import { el } from "./dom.js";
import { filterPanel } from "./filters.js";
import { choice } from "./parts.js";
import { number, reason, say } from "./texts.js";

// Degrees of the colour circle from one id to the next: neighbours look nothing alike.
const TURN = 137.5;
// The style sheet has this many.
const SHAPES = 5;

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
      "data-film": film.id,
      "aria-pressed": String(pressed),
      "aria-label": say(`${label}Film`, { title: film.titulo }),
      onclick: ({ currentTarget }) => go.taste(film, liked, currentTarget),
      title: say(label),
    }, el("span", { "aria-hidden": "true" }, liked ? "♥" : "✕"), liked || roomy ? el("span", { class: "word" }, ` ${say(label)}`) : null);
  };
  return el("div", { class: "verdict" },
    button(true, state.likes.includes(film.id)),
    button(false, state.dislikes.includes(film.id)));
}

/** Show by every button of a part of the page what is liked and disliked by now. */
export function paintVerdicts(place, { likes, dislikes }) {
  for (const button of place.querySelectorAll("[data-film]")) {
    const list = button.classList.contains("like") ? likes : dislikes;
    button.setAttribute("aria-pressed", String(list.includes(Number(button.dataset.film))));
  }
}

function reasons(film, go) {
  if (!film.motivos?.length) return null;
  return el("ul", { class: "reasons" }, film.motivos.map((text) => {
    const { kind, name, question } = reason(text);
    return el("li", {}, el("b", {}, `${kind} `), question ? choice(name, question, go) : name);
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
      el("h3", {}, choice(film.titulo, { film: film.id }, go, { class: null })),
      el("span", { class: "year" }, String(film.anio))),
    similarity(film), reasons(film, go), sources(film), verdict(film, state, go));

export const tiles = (films, state, go) =>
  el("ul", { class: "films" }, films.map((film) => tile(film, state, go)));

/** Recommended films of a part of the page, and their filters. */
export function recommended(part, answer, state, go) {
  const films = answer.recomendaciones;
  return [
    filterPanel(part, state, go),
    films.length ? tiles(films, state, go) : null,
    answer.aviso ? el("p", { class: "hint" }, say(films.length ? "fewer" : "noneFit")) : null,
  ];
}
