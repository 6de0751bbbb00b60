// The view of a film: what the catalogue knows of it, and five like it.

import { el } from "./dom.js";
import { art, recommended, verdict } from "./films.js";
import { card, choice, heading, linked, namesakes } from "./parts.js";
import { called, day, dollars, multiple, number, say } from "./texts.js";

const out = (address, name) =>
  (address ? el("a", { class: "choice", href: address, rel: "noopener noreferrer", target: "_blank" }, name) : null);

/** A film with its facts, and those like it; `facts` are null where only the others could be had. */
export function film({ facts, alike }, state, go) {
  const known = facts ?? alike;
  const outline = facts ? [
    facts.duracion ? say("minutes", { n: number(facts.duracion) }) : say("noMinutes"),
    ...(facts.voto_total ? [
      say("rating", { n: number(facts.voto_promedio) }),
      say("votes", { n: number(facts.voto_total) }),
    ] : [say("noVotes")]),
    ...facts.generos.map((each) => choice(called("genero", each), { kind: "genero", name: each.nombre ?? each.genero }, go)),
  ] : [];
  return card(
    el("div", { class: "asked", ...art(known) },
      heading(known.titulo, " ", year(known, facts, go)),
      // TMDB's texts are in English.
      facts?.lema ? el("p", { class: "tagline", lang: "en" }, facts.lema) : null,
      el("ul", { class: "facts" }, outline.map((fact) => el("li", {}, fact))),
      verdict(known, state, go, true)),
    known.encontrada_como ? el("p", { class: "hint" }, say("foundAs", { name: known.encontrada_como })) : null,
    ...namesakes(known.otras?.map((other) => [`${other.titulo} (${other.anio})`, { film: other.id }]), go, known.sugerencias),
    facts ? details(facts, go) : null,
    el("h3", {}, say("alike")),
    ...recommended("respuesta", alike, state, go));
}

const year = ({ anio }, facts, go) =>
  el("span", { class: "year" }, facts ? choice(String(anio), { kind: "anio", name: String(anio) }, go) : String(anio));

function details(facts, go) {
  const list = (kind, things, nameOf = (each) => each[kind]) =>
    linked(things.map((each) => [nameOf(each), { kind, name: each[kind] }]), go);
  const people = (kind, persons) =>
    linked(persons.map(({ id, nombre }) => [nombre, { kind, name: nombre, person: id }]), go);
  const money = (value) => (value === null ? say("unknown") : dollars(value));
  const rows = [
    ["directedBy", facts.directores.length && people("director", facts.directores)],
    ["writtenBy", facts.guionistas.length && facts.guionistas.map(({ nombre }) => nombre).join(" · ")],
    ["franquicia", facts.franquicia && list("franquicia", [facts.franquicia])],
    ["originalTitle", facts.titulo_original !== facts.titulo && facts.titulo_original],
    ["released", day(facts.fecha)],
    ["status", facts.estado && facts.estado !== "estrenada" && say(`status_${facts.estado}`)],
    ["country", facts.paises.length && list("pais", facts.paises, (each) => called("pais", each))],
    ["language", facts.idioma_original && list("idioma", [facts.idioma_original], (each) => called("idioma", each))],
    ["productora", facts.productoras.length && list("productora", facts.productoras)],
    ["budget", money(facts.presupuesto)],
    ["revenue", facts.retorno ? `${money(facts.ingresos_total)} (${multiple(facts.retorno)})` : money(facts.ingresos_total)],
    ["themes", facts.temas.length && linked(facts.temas.map((name) => [name, { kind: "tema", name }]), go, "en")],
    ["more", [out(facts.tmdb_url, "TMDB"), " ", out(facts.imdb_url, "IMDb")]],
  ];
  return el("div", { class: "about" },
    el("div", {},
      facts.sinopsis ? el("p", { class: "synopsis", lang: "en" }, facts.sinopsis) : null,
      facts.reparto.length ? cast(facts, go) : null),
    el("dl", {}, rows.filter(([, value]) => value).flatMap(([label, value]) =>
      [el("dt", {}, say(label)), el("dd", {}, ...[value].flat())])));
}

function cast({ reparto, reparto_total: total }, go) {
  return [
    el("h3", {}, say("actor"), reparto.length < total
      ? el("small", {}, ` ${say("leading", { n: number(reparto.length), total: number(total) })}`) : null),
    el("ul", { class: "cast" }, reparto.map(({ id, nombre, personaje }) => el("li", {},
      choice(nombre, { kind: "actor", name: nombre, person: id }, go),
      personaje ? el("small", { lang: "en" }, ` ${personaje}`) : null))),
  ];
}
