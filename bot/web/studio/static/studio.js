// The studio: what is written is shown in the phone at once, and in the file only after it has been seen as a diff.

const PREVIEW_MS = 80; // after the last letter
const DIFF_MS = 350;

const $ = (id) => document.getElementById(id);
const place = { guide: document.body.dataset.guide, step: document.body.dataset.step };
let said = [];
let token = "";
const turns = { preview: 0, diff: 0, form: 0, parts: 0 };
const timers = {};

function later(name, wait, work) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(work, wait);
}

async function post(path, body) {
  const response = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!response.ok && response.status !== 409) throw new Error(String(response.status));
  return [response.ok, await response.json()];
}

function tell(text) {
  $("notice").textContent = text;
  later("notice", 6000, () => { $("notice").textContent = ""; });
}

function texts() {
  return [...document.querySelectorAll("#texts textarea")]
    .filter((one) => one.value !== one.dataset.text)
    .map((one) => [JSON.parse(one.dataset.path), one.value]);
}

function asked() {
  return {
    ...place, said, token, texts: texts(),
    channel: $("channel").value, language: $("language").value, today: $("today").value || null,
  };
}

// Answers may come in another order than they were asked for: only the newest counts.
async function newest(name, work) {
  const mine = ++turns[name];
  try {
    const found = await work();
    return mine === turns[name] ? found : null;
  } catch {
    if (mine === turns[name]) tell("Xưởng không trả lời. Xem danloi studio còn chạy không.");
    return null;
  }
}

async function preview() {
  const found = await newest("preview", () => post("/studio/preview", asked()));
  if (!found) return;
  const [, { phone, at }] = found;
  const had = document.activeElement && document.activeElement.closest("#phone");
  $("phone").innerHTML = phone;
  const log = $("phone").querySelector(".in");
  const last = log && log.lastElementChild;
  if (last) log.scrollTop = last.offsetTop - log.offsetTop;
  if (had && log) log.focus();
  mark(at.startsWith(`${place.guide}/`) ? at.slice(place.guide.length + 1) : place.step);
}

function mark(step) {
  for (const one of document.querySelectorAll("#map .step")) {
    const now = one.dataset.step === step;
    one.classList.toggle("now", now);
    if (now) one.setAttribute("aria-current", "step"); else one.removeAttribute("aria-current");
  }
  bring(document.querySelector("#map .step.now") || document.querySelector("#map .step.start"));
}

// Scrolls the drawing, and nothing else, until the step can be seen.
function bring(step) {
  const map = $("map");
  if (!step) return;
  const box = step.getBoundingClientRect(), seen = map.getBoundingClientRect();
  if (box.left < seen.left || box.right > seen.right) map.scrollLeft += box.left + box.width / 2 - seen.left - seen.width / 2;
  if (box.top < seen.top || box.bottom > seen.bottom) map.scrollTop += box.top - seen.top - 24;
}

// As tall as what is written in it.
function grow(one) {
  one.style.height = "auto";
  one.style.height = `${one.scrollHeight + 4}px`;
}

async function diff() {
  token = "";
  if (!texts().length) {
    turns.diff++;
    $("diff").innerHTML = "";
    return;
  }
  const found = await newest("diff", () => post("/studio/diff", asked()));
  if (!found) return;
  $("diff").innerHTML = found[1].diff;
  token = found[1].token;
}

async function go(step, { to = "form", keep = false } = {}) {
  if (texts().length && !keep && !window.confirm("Có chữ chưa lưu. Bỏ những chữ đó?")) {
    $("at").value = place.step;
    return;
  }
  place.step = step;
  said = [];
  $("at").value = step;
  history.replaceState(null, "", `/studio?guide=${encodeURIComponent(place.guide)}${step ? `&step=${encodeURIComponent(step)}` : ""}`);
  await Promise.all([form(), preview()]);
  if (to === "form") $("h-form").scrollIntoView({ block: "nearest" });
}

async function form() {
  const query = new URLSearchParams(place);
  const found = await newest("form", async () => (await fetch(`/studio/form?${query}`)).json());
  if (!found) return;
  $("form").innerHTML = found.form;
  $("where").textContent = found.title;
  document.querySelectorAll("#texts textarea").forEach(grow);
  $("diff").innerHTML = "";
  token = "";
}

async function save() {
  const [done, answer] = await post("/studio/save", asked());
  if (!done) {
    tell(answer.why);
    await diff();
    return;
  }
  for (const one of document.querySelectorAll("#texts textarea")) one.dataset.text = one.value;
  $("diff").innerHTML = "";
  await form();
  tell(`Đã lưu vào ${answer.file}.`);
}

async function refresh() {
  const query = new URLSearchParams(place);
  const found = await newest("parts", async () => (await fetch(`/studio/parts?${query}`)).json());
  if (!found) return;
  const open = [...document.querySelectorAll("details[open]")].map((one) => one.id);
  const top = $("map").scrollTop, left = $("map").scrollLeft;
  for (const [name, id] of [["guides", "guides"], ["badge", "badge"], ["problems", "problem-list"], ["map", "map"], ["sources", "sources"], ["steps", "at"]]) {
    if ($(id).innerHTML !== found[name]) $(id).innerHTML = found[name];
  }
  for (const id of open) if ($(id)) $(id).open = true;
  $("map").scrollTop = top;
  $("map").scrollLeft = left;
  dress();
  if (!texts().length) await form(); else await diff();
  await preview();
}

// The steps of the drawing are buttons for whoever has no mouse.
function dress() {
  for (const one of document.querySelectorAll("#map g.step")) {
    one.setAttribute("role", "button");
    one.setAttribute("tabindex", "0");
    one.setAttribute("aria-label", one.querySelector("title").textContent);
  }
  const svg = document.querySelector("#map > svg");
  if (svg) svg.setAttribute("role", "group");
}

document.addEventListener("click", (event) => {
  const step = event.target.closest("#map [data-step]");
  const problem = event.target.closest("[data-go]");
  const tap = event.target.closest("[data-tap]");
  const source = event.target.closest("[data-source]");
  if (step) go(step.dataset.step);
  else if (problem) { event.preventDefault(); go(problem.dataset.go); }
  else if (tap) { said = [...said, { kind: "tap", value: tap.dataset.tap, label: tap.querySelector(".words").textContent }]; preview(); }
  else if (source) verified(source);
  else if (event.target.closest("#save")) save();
  else if (event.target.closest("#undo")) { for (const one of document.querySelectorAll("#texts textarea")) { one.value = one.dataset.text; grow(one); } written(); }
  else if (event.target.closest("#restart")) { said = []; preview(); }
});

document.addEventListener("keydown", (event) => {
  const step = event.target.closest && event.target.closest("#map g.step");
  if (step && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); go(step.dataset.step); }
});

async function verified(button) {
  button.disabled = true;
  const [done, answer] = await post("/studio/checked", { file: button.dataset.file, path: JSON.parse(button.dataset.source) });
  button.disabled = false;
  tell(done ? `Đã ghi vào ${answer.file}: ${answer.lines.join(" ")}` : answer.why);
}

function written() {
  for (const one of document.querySelectorAll("#texts textarea")) one.classList.toggle("other", one.value !== one.dataset.text);
  later("preview", PREVIEW_MS, preview);
  later("diff", DIFF_MS, diff);
}

$("form").addEventListener("input", (event) => { grow(event.target); written(); });
$("form").addEventListener("submit", (event) => event.preventDefault());
$("at").addEventListener("change", () => go($("at").value, { to: "" }));
for (const id of ["channel", "language", "today"]) $(id).addEventListener("change", preview);
$("tools").addEventListener("submit", (event) => event.preventDefault());
$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = $("words").value.trim();
  if (!words) return;
  $("words").value = "";
  said = [...said, { kind: "text", value: words, label: words }];
  preview();
});
window.addEventListener("beforeunload", (event) => { if (texts().length) event.preventDefault(); });

let revision = document.body.dataset.revision;
new EventSource("/studio/stream").addEventListener("changed", (event) => {
  if (event.data !== revision) { revision = event.data; refresh(); }
});

dress();
document.querySelectorAll("#texts textarea").forEach(grow);
preview();
