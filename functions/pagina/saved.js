// The last answers, kept for when there is no network. Those of another release go as soon as a new
// one answers, and whoever is shown one is told of when it is.

// Stages of one API share an origin, and must not share answers.
const PREFIX = `cartelera-answers ${new URL(".", document.baseURI).pathname} `;
const MOST = 120;

const keyOf = (path, body) => new URL(body ? `${path}?${encodeURIComponent(body)}` : path, document.baseURI).href;
const names = async () => (await caches.keys()).filter((name) => name.startsWith(PREFIX));

/** Called with the time of an old answer that is shown, with null when the API has answered. */
let report = () => {};
export const onSaved = (called) => { report = called; };

/** Keep an answer. A browser that keeps nothing, for privacy or for want of room, asks every time. */
export async function keep(path, body, response) {
  report(null);
  // What is suggested while somebody types would soon leave no room for films.
  if (path.startsWith("buscar")) return;
  try {
    const name = PREFIX + response.headers.get("X-Release");
    for (const other of await names()) if (other !== name) await caches.delete(other);
    const cache = await caches.open(name);
    await cache.put(keyOf(path, body), response);
    const [oldest, ...others] = await cache.keys();
    if (others.length >= MOST) await cache.delete(oldest);
  } catch { /* See above. */ }
}

/** The answer that was kept to a question, if any. */
export async function kept(path, body) {
  try {
    for (const name of await names()) {
      const found = await (await caches.open(name)).match(keyOf(path, body));
      if (!found) continue;
      report(new Date(found.headers.get("Date")));
      return await found.json();
    }
  } catch { /* As where nothing is kept. */ }
  return null;
}
