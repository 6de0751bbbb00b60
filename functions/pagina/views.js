// The views of answers: a film, a person, a franchise, a ranking, a problem.

import { KINDS } from "./api.js";
import { el } from "./dom.js";
import { art, tiles, verdict } from "./films.js";
import { DECADES } from "./state.js";
import { calendar, called, day, dollars, genres, number, say, sayProblem } from "./texts.js";

const heading = (text, ...more) => el("h2", { tabindex: "-1" }, text, ...more);

export const card = (...children) => el("section", { class: "card" }, ...children);

/** Stands where an answer will be. */
export const waiting = () =>
  el("section", { class: "card waiting", "aria-busy": "true" },
    el("p", { role: "status" }, say("loading")),
    el("div", { class: "bones", "aria-hidden": "true" }, ...Array.from({ length: 5 }, () => el("i"))));

/** A film with its facts, and those like it. */
export function film(answers, state, go) {
  const { alike, time, score, votes } = answers;
  const facts = [
    ...(time ? [time.duracion ? say("minutes", { n: number(time.duracion) }) : say("noMinutes")] : []),
    ...(votes ? [say("rating", { n: number(votes.voto_promedio) }), say("votes", { n: number(votes.voto_total) })] : []),
    ...(score ? [say("popularity", { n: number(score.popularidad) })] : []),
  ];
  return card(
    el("div", { class: "asked", ...art(alike) },
      heading(alike.titulo, " ", el("span", { class: "year" }, String(alike.anio))),
      el("ul", { class: "facts" }, facts.map((fact) => el("li", {}, fact))),
      verdict(alike, state, go, true)),
    alike.encontrada_como ? el("p", { class: "hint" }, say("foundAs", { name: alike.encontrada_como })) : null,
    namesakes(alike, go),
    el("h3", {}, say("alike")),
    ...recommended(alike, state, go));
}

/** Recommended films, and their filters. */
function recommended(answer, state, go) {
  const films = answer.recomendaciones;
  const choose = (key, label, options) => el("label", {}, `${say(label)} `,
    el("select", { "data-key": key, onchange: (event) => go.change({ [key]: options[event.target.selectedIndex - 1]?.[0] ?? null }) },
      el("option", { value: "" }, say("any")),
      options.map(([value, name]) => el("option", { value, selected: value === state[key] }, name))));
  return [
    el("div", { class: "filters" },
      choose("genre", "genre", genres().map(({ spanish, name }) => [spanish, name])),
      choose("decade", "years", DECADES.map((first) => [first, `${first}–${first + 9}`]))),
    films.length ? tiles(films, state, go) : null,
    answer.aviso ? el("p", { class: "hint" }, say(films.length ? "fewer" : "noneFit")) : null,
  ];
}

/** Other films of the title; before them one that is far better known, where the API suggests it. */
function namesakes({ otras = [], sugerencias }, go) {
  const listed = (label, films) => (films.length ? el("p", { class: "hint" }, `${label} `, ...films.flatMap((each) => [
    choice(`${each.titulo} (${each.anio})`, { film: each.id }, go), " "])) : null);
  const known = sugerencias ? 1 : 0;
  return [listed(say("didYouMean"), otras.slice(0, known)), listed(say("namesakes"), otras.slice(known))];
}

/** A link to another question. */
const choice = (label, change, go) =>
  el("a", { class: "choice", href: go.to(change), onclick: (event) => go.follow(event, change) }, label);

const figure = (value, label, note) =>
  el("div", { class: "figure" }, el("dd", {}, value), el("dt", {}, label, note ? el("small", {}, ` (${note})`) : null));

/** The figures of a person, a franchise, a company, a country, a language, a month or a day. */
export function thing(kind, answer, go) {
  const names = { mes: calendar, dia: calendar };
  const name = names[kind]
    ? calendar(kind).find((each) => each.spanish === answer[kind]).name
    : ["pais", "idioma"].includes(kind) ? called(kind, answer) : answer[kind];
  const count = answer.cantidad ?? answer.cantidad_filmaciones;
  const figures = [figure(number(count), say(`answer_${kind}`, { name }))];
  const sum = answer.ganancia_total ?? answer.revenue_total;
  if (sum !== undefined) figures.push(figure(dollars(sum), say("takings")));
  if (answer.ganancia_promedio_informada) {
    figures.push(figure(dollars(answer.ganancia_promedio_informada), say("average"),
      say("returnKnown", { n: number(answer.cantidad_informada) })));
  }
  if (answer.retorno_promedio_informado) {
    figures.push(figure(`× ${number(answer.retorno_promedio_informado)}`, say("return"),
      say("returnKnown", { n: number(answer.cantidad_informada) })));
  }
  return card(
    el("p", { class: "kind" }, say(kind)),
    heading(name),
    el("dl", { class: "figures" }, figures),
    answer.peliculas ? filmography(answer, count, go) : null);
}

function filmography(answer, count, go) {
  const shown = answer.peliculas;
  const roles = shown.some((each) => "personaje" in each);
  const columns = ["pelicula", "released", ...(roles ? ["role"] : []), "budget", "revenue", "multiple"];
  const unknown = () => el("span", {}, el("span", { "aria-hidden": "true" }, "—"), el("span", { class: "unseen" }, say("unknown")));
  const row = (each) => el("tr", {},
    el("th", { scope: "row" }, choice(each.titulo, { film: each.id }, go)),
    el("td", {}, day(each.fecha)),
    roles ? el("td", {}, each.personaje ?? unknown()) : null,
    el("td", {}, each.costo === null ? unknown() : dollars(each.costo)),
    el("td", {}, each.ganancia === null ? unknown() : dollars(each.ganancia)),
    el("td", {}, each.retorno === null ? unknown() : `× ${number(each.retorno)}`));
  return el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": say("filmsOf") },
    el("table", {},
      el("caption", {}, shown.length < count ? say("showing", { n: number(shown.length), total: number(count) }) : say("filmsOf")),
      el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col" }, say(column))))),
      el("tbody", {}, shown.map(row))));
}

/** The first ten of a kind, as bars. */
export function ranking(kind, answer, go) {
  const { sum } = KINDS[kind];
  const most = Math.max(...answer.resultados.map((each) => each[sum]), 1);
  const bar = (each) => {
    const name = ["pais", "idioma"].includes(kind) ? called(kind, each) : each[kind];
    const change = { kind, name: each[kind] };
    const value = sum === "cantidad" ? number(each[sum]) : dollars(each[sum]);
    return el("li", { "--share": `${(100 * each[sum]) / most}%` },
      choice(name, change, go), el("span", {}, value));
  };
  return el("ol", { class: "bars", "aria-label": say(`list_${kind}`) }, answer.resultados.map(bar));
}

export function rankings(kind, shown, go) {
  const kinds = ["franquicia", "productora", "pais", "idioma"];
  return card(
    heading(say("listOf")),
    el("div", { class: "pills" }, kinds.map((each) => el("button", {
      type: "button",
      "data-key": `list-${each}`,
      "aria-pressed": String(each === kind),
      onclick: () => go.change({ ranking: each }),
    }, say(`list_${each}`)))),
    el("p", { class: "hint" }, say(KINDS[kind].sum === "cantidad" ? "by_films" : "by_takings")),
    shown,
    el("h3", {}, say("when")),
    el("div", { class: "when" }, ["mes", "dia"].map((each) => el("label", {}, `${say(each)} `,
      el("select", { onchange: (event) => event.target.value && go.ask({ kind: each, name: event.target.value }) },
        el("option", { value: "" }, say("choose")),
        calendar(each).map(({ spanish, name }) => el("option", { value: spanish }, name)))))));
}

/** Somebody's tastes, and recommendations for them. */
export function personal(titles, answer, state, go) {
  const chip = (id, liked) => el("li", {}, el("button", {
    type: "button",
    class: liked ? "like" : "dislike",
    "data-key": `chip-${id}`,
    "aria-label": say(liked ? "removeLike" : "removeDislike", { title: titles.get(id) }),
    onclick: () => go.taste({ id }, liked),
  }, el("span", { "aria-hidden": "true" }, liked ? "♥ " : "✕ "), titles.get(id)));
  const some = state.likes.length + state.dislikes.length > 0;
  return card(
    heading(say(some ? "forYou" : "noTastes")),
    some
      ? [
          el("ul", { class: "pills", "aria-label": say("yours") },
            state.likes.map((id) => chip(id, true)), state.dislikes.map((id) => chip(id, false))),
          el("p", { class: "actions" },
            el("button", { type: "button", onclick: (event) => go.share(event.target) }, say("share")),
            el("button", { type: "button", onclick: () => go.change({ likes: [], dislikes: [] }) }, say("clear"))),
        ]
      : el("p", { class: "hint" }, say("noTastesLead")),
    ...recommended(answer, state, go));
}

/** A problem, what to do about it, and suggestions. */
export function problem(error, { name, retry, instead }, go) {
  const missing = error.status === 404;
  const found = error.suggestions ?? [];
  // The API gives its reason in Spanish.
  const detail = error.status === 503 && document.documentElement.lang === "es" ? error.detail : null;
  return el("section", { class: "card problem", role: "alert", "data-problem": error.status },
    heading(missing && name ? say("notHere", { name }) : sayProblem("problem", error)),
    detail ? el("p", {}, detail) : null,
    el("p", {}, found.length ? say("didYouMean") : sayProblem("todo", error)),
    found.length
      ? el("ul", { class: "pills" }, found.map((each) => el("li", {},
          choice(each.label ?? each.nombre, instead(each), go),
          each.detail ? el("small", {}, ` ${each.detail}`) : null)))
      : null,
    missing ? null : el("button", { type: "button", onclick: retry }, say("retry")));
}
