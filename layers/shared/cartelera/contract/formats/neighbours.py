"""The films recommended beside each film by default: what the job computes, and functions answer.

They are in blocks (`contract.formats.block_format`), in the order of the film tables: a block is a
line of JSON for each of its films, the list of its neighbours, best first, at most `DEFAULT_N` of
them. Of each there are the values of `NEIGHBOUR`, as they are answered. A release may lack them:
then they are computed from the model when they are asked for.
"""

NEIGHBOURS_FOLDER = "tables/recomendacion/recomendaciones"

NEIGHBOUR = ("id", "titulo", "anio", "similitud", "motivos")
