// What the door says: one verdict for everything that can be read or answered, and its place on the screen.
// A verdict is { tone, word, line, note }: tone is its colour, symbol and sound; the word is read from two metres.

const PASS = /^EPC\d/;
const POSTER = /^https?:\/\/[^/]+\/E\/[0-9A-Z-]{16,}$/i;
const WEB = /^(https?:|www\.)/i;
const STAYS = { in: 6_000, out: 6_000, warn: 10_000, refused: 10_000, other: 6_000, wait: 60_000 }; // ms

/** Return what a scanned text is: "pass", "poster", "web" or "other". */
export function kindOf(text) {
  if (PASS.test(text)) return "pass";
  if (POSTER.test(text)) return "poster";
  return WEB.test(text) ? "web" : "other";
}

export class Verdicts {
  /** `words` come from the page, in its language. */
  constructor(words) {
    this.words = words;
  }

  #of(tone, name, note = "") {
    const [word, line] = this.words.verdicts[name] ?? this.words.verdicts.refused;
    return { tone, word, line, note };
  }

  ready(direction) {
    return this.#of("ready", `ready_${direction}`);
  }

  /** Of a code that is no pass. */
  foreign(kind) {
    return this.#of("other", kind);
  }

  /** Of a pass that waits for the service; `valid` where this device has verified it. */
  waiting(valid) {
    return this.#of("wait", valid ? "waiting" : "checking");
  }

  /** Of a pass that this device or the service refused, by its code. */
  refused(code) {
    return this.#of("refused", code);
  }

  notKept() {
    return this.#of("refused", "not_kept");
  }

  /** Of what the service answered: { answer } or { problem }. */
  answered({ answer, problem }) {
    if (problem) {
      const own = this.words.verdicts[problem.code];
      return own ? this.refused(problem.code) : { ...this.#of("refused", "not_recorded"), line: problem.detail };
    }
    if (answer.outcome !== "accepted") return this.refused(answer.outcome);
    const flags = new Set(answer.flags);
    const note = answer.flags.map((flag) => this.words.flags[flag]).filter(Boolean).join(" ");
    if (flags.has("two_places")) return this.#of("warn", "two_places", note);
    if (flags.has("full") && answer.direction === "in") return this.#of("warn", "full", note);
    return this.#of(answer.direction, answer.direction, note);
  }

  /** The same verdict again: the pass was read and recorded a moment ago. */
  again(verdict) {
    return { ...verdict, note: this.words.again };
  }
}

export class Screen {
  #timer = 0;

  /** Show verdicts in the panel; what `idle()` returns is shown when one has been there long enough. */
  constructor(panel, idle) {
    this.panel = panel;
    this.idle = idle;
    this.parts = Object.fromEntries(
      ["word", "line", "note"].map((name) => [name, panel.querySelector(`[data-part="${name}"]`)]),
    );
    this.symbol = panel.querySelector("use");
    this.shown = null;
    this.rest();
  }

  /** Show a verdict; it gives way to the next, or after some seconds to the idle one, so that none passes on it. */
  show(verdict) {
    this.#draw(verdict);
    this.shown = verdict;
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
      const frames = [{ boxShadow: "inset 0 0 0 3rem #fff" }, { boxShadow: "inset 0 0 0 0 #fff" }];
      this.panel.animate(frames, { duration: 350, easing: "ease-out" }); // the same verdict twice is seen as two
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.rest(), STAYS[verdict.tone]);
  }

  /** Show that the door is ready. */
  rest() {
    clearTimeout(this.#timer);
    this.shown = null;
    this.#draw(this.idle());
  }

  #draw({ tone, word, line, note }) {
    this.panel.dataset.tone = tone;
    this.panel.dataset.length = word.length > 3 ? "long" : "short";
    this.symbol.setAttribute("href", `#symbol-${tone}`);
    this.parts.word.textContent = word;
    this.parts.line.textContent = line;
    this.parts.note.textContent = note;
  }
}

export class Results {
  #rows = new Map(); // scan_id → row

  /** List the last `most` results, the newest first: time and verdict, nothing about whom. */
  constructor(list, empty, most, clockText) {
    Object.assign(this, { list, empty, most, clockText });
  }

  /** Add a result or change what became of it. */
  set(scanId, at, verdict) {
    let row = this.#rows.get(scanId);
    if (!row) {
      row = document.createElement("li");
      row.append(document.createElement("time"), document.createElement("b"));
      row.firstChild.textContent = this.clockText(at);
      row.firstChild.dateTime = new Date(at).toISOString();
      this.#rows.set(scanId, row);
      this.list.prepend(row);
      this.empty.hidden = true;
    }
    row.dataset.tone = verdict.tone;
    row.lastChild.textContent = verdict.word;
    for (const [old, element] of this.#rows) {
      if (this.#rows.size <= this.most) break;
      element.remove();
      this.#rows.delete(old);
    }
  }
}
