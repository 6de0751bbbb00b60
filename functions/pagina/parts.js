// What the views of answers have in common.

import { el } from "./dom.js";
import { say } from "./texts.js";

export const heading = (text, ...more) => el("h2", { tabindex: "-1" }, text, ...more);

export const card = (...children) => el("section", { class: "card" }, ...children);

/** A link to another question. */
export const choice = (label, change, go, properties = {}) =>
  el("a", { class: "choice", href: go.to(change), onclick: (event) => go.follow(event, change), ...properties }, label);

/** Links to other questions in a row, the label of each and the question. */
export const linked = (links, go, lang = null) =>
  links.flatMap(([name, change], place) => [place ? " · " : "", choice(name, change, go, { lang })]);

/** Links to others of a name; first a far better known one, if the API suggests it. */
export function namesakes(others = [], go, suggested = null) {
  const listed = (label, links) =>
    (links.length ? el("p", { class: "hint" }, `${label} `, ...linked(links, go)) : null);
  const known = suggested ? 1 : 0;
  return [listed(say("didYouMean"), others.slice(0, known)), listed(`${say("namesakes")}:`, others.slice(known))];
}
