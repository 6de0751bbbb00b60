// Ask the API with the types that `openapi-typescript` made: `node ask.ts ADDRESS`.
import createClient from "openapi-fetch";

import type { components, paths } from "./api.ts";

declare const process: { argv: string[] };

const client = createClient<paths>({ baseUrl: process.argv[2] });

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

const { data: film } = await client.GET("/pelicula/{titulo}", {
  params: { path: { titulo: "Toy Story" } },
});
check(film !== undefined, "Toy Story is there");
const facts: components["schemas"]["Pelicula"] = film;
check(facts.id === 862 && facts.generos[0]?.nombre === "Animación", "its facts are typed");
const budget: number | null = facts.presupuesto;
check(budget === null || budget > 0, "what is unknown is null");

const { data: page } = await client.GET("/peliculas", {
  params: { query: { genero: "terror", orden: "puntuacion", limite: 1 } },
});
check(page !== undefined && page.total > 1 && page.siguiente !== null, "a list has pages");
const first: string | undefined = page.resultados[0]?.titulo;
check(first !== undefined, "and films");

const { data: several } = await client.GET("/pelicula", {
  params: { query: { ids: [862, 1] } },
});
check(several !== undefined && "peliculas" in several, "several films at once");
check(several.no_encontrados[0] === 1, "and the numbers of none");

const { data: likes } = await client.POST("/recomendacion", {
  body: { gustos: [{ titulo: "Alien" }], n: 2 },
});
check(likes !== undefined && likes.recomendaciones.length === 2, "tastes are posted");

const { error, response } = await client.GET("/pelicula/{titulo}", {
  params: { path: { titulo: "toy stroy" } },
  headers: { "Accept-Language": "en" },
});
check(response.status === 404 && error !== undefined, "a miss is an error");
check("sugerencias" in error && error.sugerencias.includes("Toy Story"), "with suggestions");
check(error.detail.includes("is not in the catalogue"), "in English");
