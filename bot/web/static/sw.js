// Keeps every guide with its pictures for when there is no network. The server writes in what is kept, so any change of it makes a
// new worker, which fetches all of it again.

const KEPT = "{version}";
const PAGES = {pages};
const PARTS = {parts};
const OFFLINE = "{offline}";
const PATIENCE_MS = 4000; // on a network that hardly moves, the kept page is the better one

self.addEventListener("install", (event) => {
  const fresh = [...PAGES, ...PARTS, OFFLINE].map((url) => new Request(url, { cache: "reload" }));
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOld().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (PARTS.includes(url.pathname)) event.respondWith(kept(url.pathname).then((found) => found || fetch(request)));
  else if (request.mode === "navigate") event.respondWith(page(request, url));
});

async function forgetOld() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("danloi-") && name !== KEPT).map((name) => caches.delete(name)));
}

async function kept(path) {
  return (await caches.open(KEPT)).match(path);
}

// The newest where the network is there; a guide as it was kept; else the list of what can be read.
async function page(request, url) {
  const guide = PAGES.includes(url.pathname) ? await kept(url.pathname) : undefined;
  try {
    // What stands in the browser's own cache may be some minutes old: ask.
    return await soon(guide ? fetch(url.href, { cache: "no-cache", credentials: "same-origin" }) : fetch(request), Boolean(guide));
  } catch {
    return guide || (await kept(OFFLINE));
  }
}

function soon(answer, hurry) {
  if (!hurry) return answer;
  return Promise.race([answer, new Promise((_, reject) => setTimeout(() => reject(new Error("slow")), PATIENCE_MS))]);
}
