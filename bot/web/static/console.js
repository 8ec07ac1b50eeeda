// Looks whether there is news and puts the server's markup in its place. All else are forms; the page works without this file.

const LOOK_MS = 3000;
const SLOWEST_MS = 30000;
const WEAK = "Mạng yếu, chưa xem được tin mới. Sẽ tự thử lại.";

const address = document.body.dataset.news;
const offline = document.getElementById("offline");
let seen = "";
let wait = LOOK_MS;
let timer = 0;

/** Bubbles are put where they belong one by one, so that a screen reader hears the new ones only. */
function putLog(log, markup) {
  const fresh = document.createElement("template");
  fresh.innerHTML = markup;
  const bubbles = [...fresh.content.children];
  const ids = new Set(bubbles.map((bubble) => bubble.dataset.id));
  for (const old of [...log.children]) if (!ids.has(old.dataset.id)) old.remove();
  for (const bubble of bubbles) {
    const old = log.querySelector(`[data-id="${bubble.dataset.id}"]`);
    if (!old) log.append(bubble);
    else if (old.outerHTML !== bubble.outerHTML) old.replaceWith(bubble);
  }
}

function put(name, markup) {
  const part = document.querySelector(`[data-part="${name}"]`);
  if (name === "log") putLog(part, markup);
  else part.innerHTML = markup;
}

async function look() {
  const response = await fetch(`${address}?seen=${seen}`, { headers: { accept: "application/json" }, signal: AbortSignal.timeout?.(15000) });
  if (response.status === 403 || response.status === 404) return location.reload(); // signed out, or somebody else's now
  if (!response.ok) throw new Error(String(response.status));
  offline.textContent = "";
  if (response.status === 204) return;
  const { seen: mark, title, ...parts } = await response.json();
  const list = document.querySelector('[data-part="queue"]');
  if (list?.contains(document.activeElement)) return; // a list is not changed under a finger or a reader's cursor
  for (const [name, markup] of Object.entries(parts)) put(name, markup);
  if (title) document.title = `${title} · Bàn trực Dẫn Lối`;
  seen = mark;
}

async function again() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    await look();
    wait = LOOK_MS;
  } catch {
    offline.textContent = WEAK;
    wait = Math.min(wait * 2, SLOWEST_MS);
  }
  timer = setTimeout(again, wait);
}

document.addEventListener("visibilitychange", again);
window.addEventListener("online", again);
timer = setTimeout(again, LOOK_MS);
