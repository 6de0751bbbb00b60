// Questions to the API, all relative to the page, which lies wherever the API does.

const WITHIN_MS = 25_000;

/** What came in place of an answer: `status` is 0 without any, "timeout" when it took too long. */
export class Problem extends Error {
  constructor(status, body = {}) {
    super(body.detail ?? String(status));
    this.status = status;
    // In Spanish, as the API tells it.
    this.detail = body.detail;
    this.suggestions = (body.sugerencias ?? []).map((nombre) => ({ nombre }));
  }
}

async function send(path, signal, options = {}) {
  const late = AbortSignal.timeout(WITHIN_MS);
  let response;
  let body;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.any([signal, late]) });
    body = await response.json();
  } catch (error) {
    if (signal.aborted) throw error;
    if (late.aborted) throw new Problem("timeout");
    throw new Problem(response && !response.ok ? response.status : 0);
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

/** The kinds of things that a search finds: the route that tells about each, and by what name. */
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
