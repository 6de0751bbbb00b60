// The views of answers other than a film: a list, a person, a ranking, somebody's tastes, a problem.

import { KINDS } from "./api.js";
import { el } from "./dom.js";
import { art, recommended, verdict } from "./films.js";
import { filterPanel } from "./filters.js";
import { card, choice, heading, linked, namesakes } from "./parts.js";
import { ORDERS } from "./state.js";
import { MOST_NAMED } from "./tastes.js";
import { calendar, called, day, dollars, multiple, number, say, sayProblem, titled } from "./texts.js";

/** Stands where an answer will be. */
export const waiting = () =>
  el("section", { class: "card waiting", "aria-busy": "true" },
    el("p", { role: "status" }, say("loading")),
    el("div", { class: "bones", "aria-hidden": "true" }, ...Array.from({ length: 5 }, () => el("i"))));

const figure = (value, label, note) =>
  el("div", { class: "figure" }, el("dd", {}, value), el("dt", {}, label, note ? el("small", {}, ` (${note})`) : null));

const countOf = (each) => each.cantidad ?? each.cantidad_filmaciones;
const nameOf = (kind, each) => (["pais", "idioma"].includes(kind) ? called(kind, each) : each[kind]);

/** What a thing is called: as its figures say, if it has any. */
export function thingName(kind, answer, asked) {
  if (!answer) return titled(kind, asked);
  if (!["mes", "dia"].includes(kind)) return nameOf(kind, answer);
  return calendar(kind).find((each) => each.spanish === answer[kind]).name;
}

/** The figures of a person, a franchise, a company, a country, a language, a month or a day, and its films. */
export function thing(kind, { answer, list }, state, go) {
  const name = thingName(kind, answer, state.name);
  return card(
    el("p", { class: "kind" }, say(kind)),
    heading(name),
    answer ? el("dl", { class: "figures" }, figures(kind, answer, name)) : null,
    ...namesakes(answer?.otras?.map((other) => [
      `${nameOf(kind, other)} (${number(countOf(other))})`, { kind, name: other[kind], person: other.id }]), go),
    filmList(kind, list, answer?.peliculas, state, go),
    pager(list, go));
}

function figures(kind, answer, name) {
  const shown = [figure(number(countOf(answer)), say(`answer_${kind}`, { name }))];
  if (answer.sin_dia_conocido) shown.push(figure(number(answer.sin_dia_conocido), say("yearAlone")));
  const sum = answer.ganancia_total ?? answer.revenue_total;
  if (sum !== undefined) shown.push(figure(dollars(sum), say("takings")));
  const known = say("returnKnown", { n: number(answer.cantidad_informada ?? 0) });
  if (answer.ganancia_promedio_informada) {
    shown.push(figure(dollars(answer.ganancia_promedio_informada), say("average"), known));
  }
  if (answer.retorno_promedio_informado) {
    shown.push(figure(multiple(answer.retorno_promedio_informado), say("return"), known));
  }
  return shown;
}

/** Films, and what filters and orders them; the `parts` that a person had in them make a table. */
function filmList(kind, { resultados: films, total }, parts, state, go) {
  return [
    filterPanel("respuesta", state, go, kind),
    el("div", { class: "order" },
      el("p", { class: "hint", role: "status" }, total ? say(total === 1 ? "oneFilm" : "films", { n: number(total) }) : say("noneFit")),
      el("label", {}, `${say("order")} `, el("select", {
        "data-key": "order",
        onchange: ({ target }) => go.change({ order: target.value, page: null }),
      }, ORDERS.map((order) => el("option", { value: order, selected: order === (state.order ?? ORDERS[0]) }, say(`order_${order}`)))))),
    total ? (parts ? filmography(films, parts, go) : rows(films, state, go)) : null,
  ];
}

function rows(films, state, go) {
  const facts = (film) => [
    film.duracion && say("minutes", { n: number(film.duracion) }),
    film.voto_total ? `${say("rating", { n: number(film.voto_promedio) })} (${say("votes", { n: number(film.voto_total) })})` : say("noVotes"),
    film.ingresos_total && dollars(film.ingresos_total),
  ].filter(Boolean).join(" · ");
  return el("ol", { class: "list" }, films.map((film) => el("li", {},
    el("i", { class: "stamp", "aria-hidden": "true", ...art(film) }),
    el("div", {},
      el("h3", {}, choice(film.titulo, { film: film.id }, go), " ", el("span", { class: "year" }, String(film.anio))),
      el("p", {}, facts(film))),
    verdict(film, state, go))));
}

/** Links to the pages before and after one. */
function pager({ pagina, limite, total }, go) {
  const pages = Math.ceil(total / limite);
  if (pages < 2) return null;
  const to = (page, label) => (page >= 1 && page <= pages
    ? el("a", { class: "choice", href: go.toPage(page), onclick: (event) => go.followPage(event, page) }, say(label)) : null);
  return el("nav", { class: "pager", "aria-label": say("pages") },
    to(pagina - 1, "before"), say("page", { n: number(pagina), total: number(pages) }), to(pagina + 1, "after"));
}

function filmography(films, parts, go) {
  const roles = parts.some((each) => "personaje" in each);
  const columns = ["pelicula", "released", ...(roles ? ["role"] : []), "budget", "revenue", "multiple"];
  // Where there is no room for a head, each cell says what it is.
  const cell = (column, value, shown) => el("td", { "data-column": say(column) }, value === null || value === undefined
    ? [el("span", { "aria-hidden": "true" }, "—"), el("span", { class: "unseen" }, say("unknown"))] : shown(value));
  const row = (film) => {
    const part = parts.find(({ id }) => id === film.id) ?? film;
    return el("tr", {},
      el("th", { scope: "row" }, choice(film.titulo, { film: film.id }, go)),
      cell("released", film.fecha, day),
      roles ? cell("role", part.personaje, String) : null,
      cell("budget", part.costo, dollars),
      cell("revenue", part.ganancia, dollars),
      cell("multiple", part.retorno, multiple));
  };
  return el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": say("filmsOf") },
    el("table", {},
      el("caption", { class: "unseen" }, say("filmsOf")),
      el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col" }, say(column))))),
      el("tbody", {}, films.map(row))));
}

/** The first ten of a kind, as bars. */
export function ranking(kind, answer, go) {
  const { sum } = KINDS[kind];
  const most = Math.max(...answer.resultados.map((each) => each[sum]), 1);
  const bar = (each) => {
    const value = sum === "cantidad" ? number(each[sum]) : dollars(each[sum]);
    return el("li", { "--share": `${(100 * each[sum]) / most}%` },
      choice(nameOf(kind, each), { kind, name: each[kind] }, go), el("span", {}, value));
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
  const all = [...state.likes.map((id) => [id, true]), ...state.dislikes.map((id) => [id, false])];
  const named = all.filter(([id]) => titles.has(id)).slice(-MOST_NAMED);
  const button = (label, onclick) => el("button", { type: "button", "data-key": label, onclick }, say(label));
  return card(
    heading(say(all.length ? "forYou" : "noTastes")),
    go.ofOthers() ? el("p", { class: "hint" }, say("ofOthers"), " ", button("mine", go.mine), " ", button("takeOver", go.takeOver)) : null,
    all.length
      ? [
          el("ul", { class: "pills", "aria-label": say("yours") },
            named.map(([id, liked]) => chip(id, liked)),
            all.length > named.length ? el("li", {}, say("andMore", { n: number(all.length - named.length) })) : null),
          el("p", { class: "actions" },
            button("share", (event) => go.share(event.target)),
            button("save", go.download),
            button("clear", () => go.change({ likes: [], dislikes: [] }))),
        ]
      : el("p", { class: "hint" }, say("noTastesLead")),
    ...recommended("gustos", answer, state, go),
    // Nothing moves under the finger: the list changes when this is pressed.
    el("p", { class: "renew", hidden: true }, button("renew", go.renew)));
}

/** A problem, what to do about it, and suggestions. */
export function problem(error, { name, retry, instead }, go) {
  const missing = error.status === 404;
  const found = error.suggestions ?? [];
  const detail = [400, 503].includes(error.status) ? error.detail : null;
  return el("section", { class: "card problem", role: "alert", "data-problem": error.status },
    heading(missing && name ? say("notHere", { name }) : sayProblem("problem", error)),
    detail ? el("p", {}, detail) : null,
    el("p", {}, found.length ? say("didYouMean") : sayProblem("todo", error)),
    found.length
      ? el("ul", { class: "pills" }, found.map((each) => el("li", {},
          choice(each.label ?? each.nombre, instead(each), go),
          each.detail ? el("small", {}, ` ${each.detail}`) : null)))
      : null,
    missing || error.status === 400 ? null : el("button", { type: "button", onclick: retry }, say("retry")));
}

/** What else a search has found beside what is shown. */
export const others = (text, found, go) => el("p", { class: "hint also" }, say("best", { text }), " ",
  ...(found.length ? [`${say("also")}: `, ...linked(found.map((each) => [`${each.label} (${each.detail})`, each.question]), go)] : []));
