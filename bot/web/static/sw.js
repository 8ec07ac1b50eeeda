// Keeps every guide with its pictures for when there is no network. The server writes in what is kept, so any change of it makes a
// new worker, which fetches all of it again. A language is kept from the first time that somebody here reads in it.

const KEPT = "{version}";
const PAGES = {pages};
const PARTS = {parts};
const OFFLINE = "{offline}";
const LANGUAGES = {languages}; // besides Vietnamese
const PATIENCE_MS = 4000; // on a network that hardly moves, the kept page is the better one

self.addEventListener("install", (event) => {
  event.waitUntil(keepAll().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOld().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (PARTS.includes(url.pathname)) event.respondWith(kept(url.pathname).then((found) => found || fetch(request)));
  else if (request.mode === "navigate") event.respondWith(page(event, url));
});

async function keepAll() {
  const languages = await spoken();
  await keep([...PAGES, ...PARTS, OFFLINE, ...languages.flatMap(pagesIn)]);
}

async function keep(urls) {
  const cache = await caches.open(KEPT);
  await cache.addAll(urls.map((url) => new Request(url, { cache: "reload" })));
}

function pagesIn(language) {
  return [...PAGES, OFFLINE].map((path) => `${path}?lang=${language}`);
}

function languageOf(url) {
  const language = url.searchParams.get("lang");
  return LANGUAGES.includes(language) ? language : "";
}

// The languages of the pages that are open, and of those that an older worker kept.
async function spoken() {
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const urls = open.map((client) => client.url);
  for (const name of await ours()) urls.push(...(await (await caches.open(name)).keys()).map((request) => request.url));
  return [...new Set(urls.map((url) => languageOf(new URL(url))).filter(Boolean))];
}

async function ours() {
  return (await caches.keys()).filter((name) => name.startsWith("danloi-"));
}

async function forgetOld() {
  await Promise.all((await ours()).filter((name) => name !== KEPT).map((name) => caches.delete(name)));
}

async function kept(path) {
  return (await caches.open(KEPT)).match(path);
}

// The newest where the network is there; a guide as it was kept; else the list of what can be read.
async function page(event, url) {
  const path = url.pathname.replace(/\/+$/, "");
  const language = languageOf(url);
  const guide = PAGES.includes(path);
  const found = guide ? (await keptIn(path, language)) : undefined;
  try {
    // What stands in the browser's own cache may be some minutes old: ask.
    const answer = await soon(guide ? fetch(url.href, { cache: "no-cache", credentials: "same-origin" }) : fetch(event.request), Boolean(found));
    if (guide && language && !(await kept(`${path}?lang=${language}`))) event.waitUntil(keep(pagesIn(language)).catch(() => {})); // another time
    return answer;
  } catch {
    return found ? inSize(found, url) : keptIn(OFFLINE, language);
  }
}

async function keptIn(path, language) {
  return (language && (await kept(`${path}?lang=${language}`))) || kept(path);
}

// Large letters are a class of the page.
async function inSize(found, url) {
  if (url.searchParams.get("big") !== "1") return found;
  const text = await found.text();
  return new Response(text.replace(/^(\s*<!doctype html>\s*<html lang="[^"]*")>/i, '$1 class="big">'), { headers: found.headers });
}

function soon(answer, hurry) {
  if (!hurry) return answer;
  return Promise.race([answer, new Promise((_, reject) => setTimeout(() => reject(new Error("slow")), PATIENCE_MS))]);
}
