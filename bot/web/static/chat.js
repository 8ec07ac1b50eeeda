// Makes the page quick on a bad network: what is said shows at once, waits where there is no network, and is sent once.
// The page works without this file; the server renders all markup, this only puts it in its place.

import { holdsSecret } from "./secret.js";
import { Outbox } from "./outbox.js";
import { read } from "./voice.js";

const WORDS = JSON.parse(document.body.dataset.words); // in the language of the page
const FIRST_RECONNECT_MS = 3000;
const LONGEST_RECONNECT_MS = 60000;
const HIDDEN_PX = 48; // so much more below is worth a button

const page = Object.fromEntries(["top", "talk", "further", "secret", "note", "choices", "text", "more"].map((id) => [id, document.getElementById(id)]));
const log = document.querySelector(".log");
let last = Number(document.body.dataset.last);
let stream = null;
let reconnect = FIRST_RECONNECT_MS;
let missed = false; // the stream spoke while an answer of ours was on its way

function note(words) {
  if (page.note.textContent !== words) page.note.textContent = words;
}

// ---- what is shown

function bubbleOf(item) {
  return page.talk.querySelector(`[data-outbox="${item.id}"]`);
}

/** The newest is in view; where the last turn is more than the screen holds, it is read from its beginning. */
function settle() {
  log.scrollTop = 0; // of a reversed column: the end
  let first = page.talk.lastElementChild;
  const turn = first?.dataset.turn;
  const isOfTurn = (bubble) => bubble && !bubble.classList.contains("me") && bubble.dataset.turn === turn;
  while (isOfTurn(first) && isOfTurn(first.previousElementSibling)) first = first.previousElementSibling;
  const wholePageScrolls = getComputedStyle(log).overflowY === "visible"; // a phone on its side
  if (first && (wholePageScrolls || first.getBoundingClientRect().top < log.getBoundingClientRect().top)) first.scrollIntoView({ block: "start" });
  offerMore();
}

function offerMore() {
  page.further.hidden = log.scrollTop > -HIDDEN_PX;
}

log.addEventListener("scroll", offerMore, { passive: true });
window.addEventListener("resize", offerMore, { passive: true });
page.further.addEventListener("click", () => {
  log.focus({ preventScroll: true });
  log.scrollBy({ top: log.clientHeight * 0.8, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  offerMore();
});

/** The person's own words, before the server has them. */
function showMine(item) {
  const bubble = document.createElement("p");
  bubble.className = "bubble me";
  bubble.dataset.outbox = item.id;
  const who = document.createElement("span");
  who.className = "only-read";
  who.textContent = `${WORDS.me} `;
  bubble.append(who, item.label);
  page.talk.append(bubble);
  settle();
}

/** Put the server's markup in its place; `mine` is the bubble that stood in for the person's words. */
function show(view, mine) {
  const hadFocus = page.choices.contains(document.activeElement);
  const fresh = document.createElement("template");
  fresh.innerHTML = view.log;
  let first = null;
  if (last && view.first > last) page.talk.replaceChildren(); // all that stood here was erased
  for (const bubble of [...fresh.content.children]) {
    if (page.talk.querySelector(`[data-id="${bubble.dataset.id}"]`)) continue;
    if (mine && bubble.classList.contains("me")) {
      mine.dataset.id = bubble.dataset.id; // adopted, not replaced: a screen reader has read it already
      delete mine.dataset.outbox;
      delete mine.dataset.kept;
      mine.classList.remove("waiting");
      mine = page.talk.querySelector(".me[data-kept]");
      continue;
    }
    page.talk.append(bubble);
    if (!bubble.classList.contains("me")) first ||= bubble;
  }
  // What still waits stays below what has been answered.
  page.talk.append(...page.talk.querySelectorAll("[data-outbox]"));
  last = Math.max(last, view.last);
  page.top.innerHTML = view.top;
  page.more.innerHTML = view.more;
  page.choices.innerHTML = view.answers;
  page.choices.hidden = false;
  document.title = view.title;
  settle();
  if (hadFocus) (first || log).focus({ preventScroll: true });
  if (view.language !== document.documentElement.lang) location.reload(); // the rest of the page in the language just chosen
}

// ---- what is sent

const outbox = new Outbox(
  (item, signal) =>
    fetch(`/chat/events?view&after=${last}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ id: item.id, ...item.event }),
      signal,
    }),
  {
    answered(item, body) {
      const mine = bubbleOf(item);
      note(body.view ? "" : WORDS.later);
      if (body.view) show(body.view, mine);
      else page.choices.hidden = true; // what it answers comes by the stream, with its own buttons
      mine?.removeAttribute("data-outbox");
      mine?.classList.remove("waiting");
      if (!body.view && mine) mine.dataset.kept = "";
      if (body.view && mine && !mine.dataset.id) mine.remove(); // an earlier page had sent it: it stands above already
      if (!stream) listen();
    },
    waiting(items) {
      items.forEach((item) => bubbleOf(item)?.classList.add("waiting"));
      if (items.some((item) => item.event.tap)) page.choices.hidden = true;
      note(WORDS.weak);
    },
    slow(items) {
      items.forEach((item) => bubbleOf(item)?.classList.add("waiting"));
      note(WORDS.slower);
    },
    idle() {
      if (missed) catchUp().catch(() => {});
    },
    refused(item) {
      bubbleOf(item)?.remove();
      page.choices.hidden = false;
      page.choices.querySelector("form")?.removeAttribute("aria-busy");
      note(WORDS.refused);
    },
  },
);

function say(event, label) {
  page.secret.classList.remove("on"); // whoever goes on has read it
  showMine(outbox.add(event, label));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("action") !== "/chat/events") return;
  event.preventDefault();
  if (form.contains(page.text)) sayText();
  else tap(form, event.submitter);
});

function sayText() {
  const words = page.text.value.trim();
  page.text.value = "";
  if (holdsSecret(words)) stopSecret();
  else if (words) say({ text: words }, words);
}

function tap(form, button) {
  if (!button || form.getAttribute("aria-busy") === "true") return;
  if (button.hasAttribute("data-listen")) {
    readAloud();
    return;
  }
  if (form.classList.contains("answers")) form.setAttribute("aria-busy", "true"); // one answer to one question
  say({ tap: button.value }, (button.querySelector(".words") || button).textContent.trim());
}

// ---- secrets and voice

function stopSecret() {
  page.secret.classList.add("on");
  page.secret.querySelector("button").focus();
}

page.secret.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  page.secret.classList.remove("on");
  page.text.focus();
  if (button.dataset.scam) say({ text: button.dataset.scam }, button.dataset.scam);
});

async function readAloud() {
  const spoken = [];
  for (let bubble = page.talk.lastElementChild; bubble && !bubble.classList.contains("me"); bubble = bubble.previousElementSibling) {
    const recorded = bubble.querySelector("audio");
    if (recorded) {
      recorded.play();
      return;
    }
    spoken.unshift(...[...bubble.querySelectorAll(".do, .say")].map((part) => part.textContent));
  }
  note((await read(spoken.join(". "), document.documentElement.lang)) ? "" : WORDS["no-voice"]);
}

// ---- what comes by itself

async function catchUp() {
  if (outbox.busy || outbox.items.length) return; // its answer brings everything
  missed = false;
  const answer = await fetch(`/chat/messages?view&after=${last}`);
  if (!answer.ok) return;
  const body = await answer.json();
  if (body.messages.length && !outbox.busy) show(body.view, null);
}

function listen() {
  stream = new EventSource(`/chat/stream?view&after=${last}`);
  stream.addEventListener("messages", (event) => {
    // While something of ours is on its way, its own answer brings the same, and in order.
    if (outbox.busy) {
      missed = true;
      return;
    }
    const body = JSON.parse(event.data);
    if (body.view.last > last) {
      note("");
      show(body.view, page.talk.querySelector(".me[data-kept]"));
    }
  });
  stream.onopen = () => {
    reconnect = FIRST_RECONNECT_MS;
    catchUp().catch(() => {});
    outbox.send();
  };
  stream.onerror = () => {
    if (stream.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    stream = null;
    setTimeout(() => stream || listen(), reconnect);
    reconnect = Math.min(reconnect * 2, LONGEST_RECONNECT_MS);
  };
}

settle();
outbox.items.forEach(showMine);
outbox.send();
listen();
