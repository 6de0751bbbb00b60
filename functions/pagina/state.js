// What is asked, which is all in the address: a reload, a shared link and the back button show it.

const numbers = (text) =>
  (text ?? "").split(",").map(Number).filter((number) => Number.isInteger(number) && number > 0);

export function read() {
  const query = new URLSearchParams(location.search);
  const [film] = numbers(query.get("pelicula"));
  const likes = [...new Set(numbers(query.get("gustos")))];
  return {
    lang: query.get("lang") === "en" ? "en" : "es",
    film: film ?? null,
    title: query.get("titulo"),
    kind: query.get("tipo"),
    name: query.get("nombre"),
    ranking: query.get("lista"),
    likes,
    dislikes: [...new Set(numbers(query.get("no_gustos")))].filter((id) => !likes.includes(id)),
  };
}

export function address(state) {
  const query = new URLSearchParams();
  const given = {
    pelicula: state.film,
    titulo: state.title,
    tipo: state.name && state.kind,
    nombre: state.kind && state.name,
    lista: state.ranking,
    gustos: state.likes.join(","),
    no_gustos: state.dislikes.join(","),
    lang: state.lang === "en" && "en",
  };
  for (const [name, value] of Object.entries(given)) if (value) query.set(name, value);
  const asked = query.toString().replaceAll("%2C", ",");
  return asked ? `?${asked}` : location.pathname;
}

/** What asks for one thing in place of another; tastes and language stay. */
export const NOTHING = { film: null, title: null, kind: null, name: null, ranking: null };

/** Likes and dislikes after somebody has said `liked` of a film; saying it again takes it back. */
export function tasted(state, id, liked) {
  const without = (list) => list.filter((other) => other !== id);
  const toggled = (list) => (list.includes(id) ? without(list) : [...list, id]);
  return liked
    ? { likes: toggled(state.likes), dislikes: without(state.dislikes) }
    : { likes: without(state.likes), dislikes: toggled(state.dislikes) };
}
