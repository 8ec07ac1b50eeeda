// What was said and has not arrived yet. It is kept over a reload and sent in order, each with an id, so that a message
// whose answer got lost on the way is applied once.

const KEPT = "danloi-outbox:";
const TIMEOUT_MS = 20000;
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 60000;

function freshId() {
  // crypto.randomUUID is missing on plain http, where a commune's own server may stand.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What earlier pages could not send; each item has a key of its own, so that two open pages lose nothing of each other. */
function kept() {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(KEPT));
    return keys.map((key) => JSON.parse(localStorage.getItem(key))).sort((one, other) => one.at - other.at);
  } catch {
    return [];
  }
}

function keep(item) {
  try {
    localStorage.setItem(KEPT + item.id, JSON.stringify(item));
  } catch {
    // a full or forbidden storage: then the message waits only as long as the page is open
  }
}

function forget(item) {
  try {
    localStorage.removeItem(KEPT + item.id);
  } catch {
    // as above
  }
}

export class Outbox {
  /** `post(item, signal)` resolves to a Response; `on` hears `answered`, `waiting`, `refused`, `slow` and `idle`. */
  constructor(post, on) {
    this.post = post;
    this.on = on;
    this.items = kept();
    this.busy = false;
    this.wait = FIRST_WAIT_MS;
    this.timer = 0;
    window.addEventListener("online", () => this.send());
    document.addEventListener("visibilitychange", () => document.hidden || this.send());
  }

  add(event, label) {
    const item = { id: freshId(), at: Date.now(), event, label };
    this.items.push(item);
    keep(item);
    this.send();
    return item;
  }

  async send() {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      while (this.items.length && (await this.sendFirst()));
    } finally {
      this.busy = false;
    }
    this.on.idle();
  }

  /** Whether the first item is done with and the next may go. */
  async sendFirst() {
    const item = this.items[0];
    const stop = new AbortController();
    const alarm = setTimeout(() => stop.abort(), TIMEOUT_MS);
    let answer = null;
    let body = null;
    try {
      answer = await this.post(item, stop.signal);
      if (answer.ok) body = await answer.json();
    } catch {
      answer = null; // no network, or it broke off half-way
    } finally {
      clearTimeout(alarm);
    }
    if (!answer || answer.status === 429 || answer.status >= 500) {
      this.later(answer);
      return false;
    }
    this.items.shift();
    forget(item);
    this.wait = FIRST_WAIT_MS;
    if (answer.ok) this.on.answered(item, body);
    else this.on.refused(item);
    return true;
  }

  later(answer) {
    const asked = answer ? Number(answer.headers.get("retry-after")) * 1000 : 0;
    this.timer = setTimeout(() => this.send(), Math.max(asked, this.wait * (0.75 + Math.random() / 2)));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
    if (answer && answer.status === 429) this.on.slow(this.items);
    else this.on.waiting(this.items);
  }
}
