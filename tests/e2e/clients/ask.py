"""Ask the API with the Python client that `openapi-python-client` made: `ask.py ADDRESS`."""

import sys

from cartelera_client import Client
from cartelera_client.api.busqueda import buscar
from cartelera_client.api.cantidades import peliculas_pais_por_ruta
from cartelera_client.api.peliculas import pelicula, pelicula_por_ruta, peliculas
from cartelera_client.api.personas import get_actor_por_ruta
from cartelera_client.models import (
    Actuacion,
    Busqueda,
    InvalidParameterError,
    ListaDePeliculas,
    NotInCatalogueError,
    Pais,
    Pelicula,
    Peliculas,
    PeliculasOrden,
)


def main(address: str) -> None:
    """Ask a question of each kind, and look at what the types of the answers hold."""
    with Client(base_url=address) as client:
        film = pelicula_por_ruta.sync("Toy Story", client=client)
        assert isinstance(film, Pelicula)
        assert (film.titulo, film.id, film.generos[0].nombre) == ("Toy Story", 862, "Animación")
        assert pelicula.sync(client=client, id="tt0114709") == film
        several = pelicula.sync(client=client, ids=[862, 1])
        assert isinstance(several, Peliculas)
        assert (several.peliculas[0].titulo, several.no_encontrados) == ("Toy Story", [1])
        page = peliculas.sync(
            client=client, genero="terror", orden=PeliculasOrden.PUNTUACION, limite=1
        )
        assert isinstance(page, ListaDePeliculas)
        assert page.total > 1
        assert page.siguiente
        assert page.resultados[0].titulo
        country = peliculas_pais_por_ruta.sync("FR", client=client)
        assert isinstance(country, Pais)
        assert country.peliculas_url.startswith("/peliculas?pais=France")
        actor = get_actor_por_ruta.sync("Keanu Reeves", client=client, limite=1)
        assert isinstance(actor, Actuacion)
        assert actor.cantidad == actor.cantidad_filmaciones
        found = buscar.sync(client=client, q="toy st")
        assert isinstance(found, Busqueda)
        assert found.resultados[0].nombre == "Toy Story"
        missed = pelicula_por_ruta.sync("toy stroy", client=client)
        assert isinstance(missed, NotInCatalogueError)
        assert "Toy Story" in missed.sugerencias
        refused = peliculas.sync(client=client, id_actor=0)
        assert isinstance(refused, InvalidParameterError)
        assert refused.parametro == "id_actor"


if __name__ == "__main__":
    main(sys.argv[1])
