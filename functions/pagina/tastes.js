// What somebody likes, kept by the browser until the next visit, with the titles.

const KEY = "cartelera.gustos";
// As many as the API takes; the page names as many as it gets the titles of at once.
export const MOST_TASTES = 500;
export const MOST_NAMED = 50;

/** The tastes that the browser keeps, none if it keeps nothing. */
export function stored() {
  try {
    const { likes = [], dislikes = [], titles = [] } = JSON.parse(localStorage.getItem(KEY)) ?? {};
    return { likes, dislikes, titles: new Map(titles) };
  } catch {
    return { likes: [], dislikes: [], titles: new Map() };
  }
}

/** Keep tastes. Where the browser keeps nothing they are still in the page's address. */
export function store({ likes, dislikes }, titles) {
  const named = [...likes, ...dislikes].filter((id) => titles.has(id)).map((id) => [id, titles.get(id)]);
  try {
    localStorage.setItem(KEY, JSON.stringify({ likes, dislikes, titles: named }));
  } catch { /* See above. */ }
}

export const sameTastes = (one, other) =>
  JSON.stringify([one.likes, one.dislikes]) === JSON.stringify([other.likes, other.dislikes]);

/** Save tastes as a file: the body of a POST to `/recomendacion`. */
export function download({ likes, dislikes }) {
  const films = (ids) => ids.map((id) => ({ id }));
  const body = JSON.stringify({ gustos: films(likes), no_gustos: films(dislikes) }, null, 2);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([body], { type: "application/json" }));
  link.download = "gustos.json";
  link.click();
  URL.revokeObjectURL(link.href);
}
