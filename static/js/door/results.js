// The list of the last results, the newest first: time and verdict, nothing about whom. Each can be undone for ten
// minutes with two presses of the same button: one alone may be a thumb on its way.

import { fill } from "./verdict.js";

const UNDO_WITHIN = 600_000; // ms, as the service judges it
const SURE_WITHIN = 5_000; // ms between the two presses
const KEPT = "door-results"; // of this tab, so that a reload leaves the list: scan_id, time, verdict
const UNDOABLE = new Set(["in", "out", "warn", "kept"]);

export class Results {
  #rows = new Map(); // scan_id → { element, at, verdict }

  /** `onUndo(scanId)` and `onApprove(scanId)` are told; null leaves the button away. `now()` is the service's time. */
  constructor(list, empty, { most, clockText, words, now, say, onUndo = null, onApprove = null }) {
    Object.assign(this, { list, empty, most, clockText, words, now, say, onUndo, onApprove });
    for (const [id, at, verdict] of this.#remembered()) this.set(id, at, verdict);
    setInterval(() => this.renew(), 10_000);
    addEventListener("keydown", (event) => this.#hear(event));
  }

  /** Add a result or change what became of it; `approvable` offers the manager's way. */
  set(scanId, at, verdict, { approvable = false } = {}) {
    let row = this.#rows.get(scanId);
    if (!row) {
      row = { element: document.createElement("li"), at };
      const time = document.createElement("time");
      time.textContent = this.clockText(at);
      time.dateTime = new Date(at).toISOString();
      row.element.append(time, document.createElement("b"));
      this.#rows.set(scanId, row);
      this.list.prepend(row.element);
      this.empty.hidden = true;
    }
    row.verdict = verdict;
    row.element.dataset.tone = verdict.tone;
    row.element.dataset.name = verdict.name;
    row.element.querySelector("b").textContent = verdict.word;
    this.#offer(scanId, row, approvable);
    for (const [old, { element }] of this.#rows) {
      if (this.#rows.size <= this.most) break;
      element.remove();
      this.#rows.delete(old);
    }
    this.#remember();
  }

  /** Return when a listed scan was made, in ms. */
  at(scanId) {
    return this.#rows.get(scanId)?.at;
  }

  /** Return what is listed of a scan. */
  verdictOf(scanId) {
    return this.#rows.get(scanId)?.verdict;
  }

  #offer(scanId, row, approvable) {
    const had = row.element.querySelector("button");
    const focused = had !== null && had === document.activeElement;
    had?.remove();
    const { verdict, at } = row;
    const undo = this.#undoable(row);
    if (undo || (approvable && this.onApprove)) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button result-act";
      button.dataset.act = undo ? "undo" : "approve";
      button.textContent = undo ? this.words.undo : this.words.approve;
      const name = undo ? this.words.undo_of : this.words.approve_of;
      button.setAttribute("aria-label", fill(name, { time: this.clockText(at), word: verdict.word }));
      button.addEventListener("click", () => (undo ? this.#press(button, scanId) : this.onApprove(scanId)));
      row.element.append(button);
      if (focused) button.focus();
    } else if (focused) this.list.focus(); // where the button was, so that the keyboard does not start anew
  }

  #undoable({ verdict, at }) {
    if (!this.onUndo) return false;
    return (UNDOABLE.has(verdict.tone) || verdict.name === "kept_unchecked") && this.now() - at < UNDO_WITHIN;
  }

  #press(button, scanId) {
    if (button.dataset.sure) {
      this.onUndo(scanId);
      return;
    }
    button.dataset.sure = "true";
    const label = button.getAttribute("aria-label");
    button.textContent = this.words.undo_sure;
    button.removeAttribute("aria-label");
    this.say(this.words.undo_ask);
    setTimeout(() => {
      delete button.dataset.sure;
      button.textContent = this.words.undo;
      button.setAttribute("aria-label", label);
    }, SURE_WITHIN);
  }

  /** Ctrl+Z goes to the newest result that can be undone and presses once; Enter there is the second press. */
  #hear(event) {
    const field = event.target instanceof HTMLInputElement && event.target.value !== "";
    if (!(event.ctrlKey || event.metaKey) || event.code !== "KeyZ" || field) return;
    const button = this.list.querySelector('[data-act="undo"]');
    if (!button || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    button.focus();
    if (!button.dataset.sure) button.click();
  }

  /** Offer undo where it has become possible, take it away where it is too late: time goes on, or a clock was set. */
  renew() {
    for (const [scanId, row] of this.#rows) {
      const button = row.element.querySelector("button");
      if (!button && this.#undoable(row)) this.#offer(scanId, row, false);
      if (button?.dataset.act === "undo" && button !== document.activeElement && !this.#undoable(row)) button.remove();
    }
  }

  #remember() {
    const kept = [...this.#rows].map(([id, { at, verdict: { name, tone, word } }]) => [id, at, { name, tone, word }]);
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  }

  #remembered() {
    try {
      return JSON.parse(sessionStorage.getItem(KEPT)) ?? [];
    } catch {
      return [];
    }
  }
}
