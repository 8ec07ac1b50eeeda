// What was said and has not arrived yet. It is kept over a reload and sent in order, each with an id, so that a message
// whose answer got lost on the way is applied once.

const KEPT = "danloi-outbox";
const TIMEOUT_MS = 20000;
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 60000;

function freshId() {
  // crypto.randomUUID is missing on plain http, where a commune's own server may stand.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) || [];
  } catch {
    return [];
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
    const item = { id: freshId(), event, label };
    this.items.push(item);
    this.keep();
    this.send();
    return item;
  }

  keep() {
    try {
      localStorage.setItem(KEPT, JSON.stringify(this.items));
    } catch {
      // a full or forbidden storage: then the message waits only as long as the page is open
    }
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
    this.keep();
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
