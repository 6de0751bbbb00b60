// Serves the page's own files where there is no network. With one it changes nothing: whatever is
// there is newer. The page itself keeps the answers.

const CACHE = `cartelera-page ${self.registration.scope}`;
const PAGE = new URL(self.registration.scope);

async function precache() {
  const cache = await caches.open(CACHE);
  const page = await fetch(PAGE, { cache: "reload" });
  const files = [...(await page.clone().text()).matchAll(/"(pagina\/[^"]+)"/g)].map(([, file]) => new URL(file, PAGE).href);
  await Promise.all([cache.put(PAGE, page), cache.addAll(files)]);
}

async function fromNetwork(request, key) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok && !response.redirected) await cache.put(key, response.clone());
    return response;
  } catch (error) {
    const found = await cache.match(key);
    if (found) return found;
    throw error;
  }
}

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(precache());
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== PAGE.origin) return;
  // The page is the same whatever is asked of it.
  if (pathname === PAGE.pathname) event.respondWith(fromNetwork(event.request, PAGE.href));
  else if (pathname.startsWith(`${PAGE.pathname}pagina/`)) event.respondWith(fromNetwork(event.request, event.request.url));
});
