// A film as a tile: a poster made of its title, what is said of it, and whether somebody likes it.

import { el } from "./dom.js";
import { number, reason, say } from "./texts.js";

// Degrees of the colour circle from one id to the next: neighbours look nothing alike.
const TURN = 137.5;

const link = (film, go) =>
  el("a", {
    href: go.to({ film: film.id }),
    onclick: (event) => go.follow(event, { film: film.id }),
  }, film.titulo);

const poster = (film, title, properties = {}) =>
  el("div", { class: "poster", "--hue": (film.id * TURN) % 360, ...properties },
    title,
    el("span", { class: "year" }, String(film.anio)));

/** The poster beside a heading that says the same. */
export const cover = (film) => poster(film, el("b", {}, film.titulo), { "aria-hidden": "true" });

/** The two buttons by which somebody says what they think of a film. */
export function verdict(film, state, go) {
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
    }, el("span", { "aria-hidden": "true" }, liked ? "♥" : "✕"), liked ? ` ${say(label)}` : null);
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

function alike(film) {
  if (!(film.similitud > 0)) return null;
  const percent = Math.round(film.similitud * 100);
  return el("p", { class: "alike", "--share": `${percent}%` }, say("similarity", { n: number(percent) }));
}

function whose(film) {
  const names = film.por?.map((liked) => liked.titulo) ?? [];
  return names.length ? el("p", { class: "whose" }, say("because", { names: names.join(" · ") })) : null;
}

export const tile = (film, state, go) =>
  el("li", { class: "film" }, poster(film, el("h3", {}, link(film, go))), alike(film), reasons(film), whose(film), verdict(film, state, go));

export const tiles = (films, state, go) =>
  el("ul", { class: "films" }, films.map((film) => tile(film, state, go)));
