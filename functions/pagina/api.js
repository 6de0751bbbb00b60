// Questions to the API, at addresses relative to the page: the API serves both.

import { keep, kept } from "./saved.js";

const WITHIN_MS = 25_000;

/** No answer: `status` is that of the response, 0 without one, "timeout" if it came too late. */
export class Problem extends Error {
  constructor(status, body = {}) {
    super(body.detail ?? String(status));
    this.status = status;
    // From the API, in the page's language.
    this.detail = body.detail;
    this.suggestions = (body.sugerencias ?? []).map((nombre) => ({ nombre }));
  }
}

async function send(path, signal, options = {}) {
  const late = AbortSignal.timeout(WITHIN_MS);
  const headers = { ...options.headers, "Accept-Language": document.documentElement.lang };
  let response;
  let body;
  try {
    // What the browser has cached may be of a release before this one: it asks whether it still holds.
    const ask = () => fetch(path, { ...options, headers, cache: "no-cache", signal: AbortSignal.any([signal, late]) });
    // A change of network ends what is under way: another try goes by the new one.
    response = await ask().catch(ask);
    if (response.ok) keep(path, options.body, response.clone());
    body = await response.json();
  } catch (error) {
    if (signal.aborted) throw error;
    if (late.aborted) throw new Problem("timeout");
    if (response && !response.ok) throw new Problem(response.status);
    const saved = await kept(path, options.body);
    if (saved) return saved;
    throw new Problem(0);
  }
  if (!response.ok) throw new Problem(response.status, body);
  return body;
}

export const get = (route, parameters, signal) =>
  send(`${route}?${new URLSearchParams(parameters)}`, signal);

export const post = (route, body, signal) =>
  send(route, signal, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

/** The kinds of things to ask for figures: the route of each, and the parameter that takes its name. */
export const KINDS = {
  director: { route: "get_director", parameter: "nombre" },
  actor: { route: "get_actor", parameter: "nombre" },
  franquicia: { route: "franquicia", parameter: "franquicia", sum: "ganancia_total" },
  productora: { route: "productoras_exitosas", parameter: "productora", sum: "revenue_total" },
  pais: { route: "peliculas_pais", parameter: "pais", sum: "cantidad" },
  idioma: { route: "peliculas_idioma", parameter: "idioma", sum: "cantidad" },
  mes: { route: "cantidad_filmaciones_mes", parameter: "mes" },
  dia: { route: "cantidad_filmaciones_dia", parameter: "dia" },
};

const years = (name) => {
  const [first, last = first] = name.split("-");
  return { desde: first, hasta: last };
};
const by = (kind) => (name) => ({ [kind]: name });

/** What a list of the films of a thing is asked for with, by the thing's kind. */
export const LIST_KINDS = {
  ...Object.fromEntries([...Object.keys(KINDS), "genero", "tema"].map((kind) => [kind, by(kind)])),
  anio: years,
};
