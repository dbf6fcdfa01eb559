// The panel of the verdict and the one voice of the page for screen readers. Staff see their words, and below them the
// visitor's where that is another language; an unattended kiosk shows the visitor's alone.

import { fill } from "./verdict.js";

const STAYS = { in: 6_000, out: 6_000, kept: 6_000, warn: 10_000, refused: 10_000, look: 10_000, other: 6_000, wait: 60_000 };
const STAYS_ALONE = 4_000; // ms at a kiosk: the next visitor waits
const STAYS_FOR_MANAGER = 30_000; // ms while a button is offered with the verdict
const SAID_FOR = 4_000; // ms the said text stays for a reader that came late; taking it away says nothing
const TAGS = { zh: "zh-Hans" };
const FOR_VISITORS = { full: "in", kept_party: "kept", waiting: "wait", checking: "wait", poster: "foreign", web: "foreign", other: "foreign" };

export class Screen {
  #timer = 0;
  #silence = 0;
  #language;

  /** Show verdicts in the panel; what `idle()` returns is shown when one has been there long enough. */
  constructor(panel, voice, { visitor, language, idle, onRest = () => {} }) {
    Object.assign(this, { panel, voice, visitor, pageLanguage: language, idle, onRest });
    this.#language = language;
    const names = ["word", "line", "note", "visitor"];
    this.parts = Object.fromEntries(names.map((name) => [name, panel.querySelector(`[data-part="${name}"]`)]));
    this.symbol = panel.querySelector("use");
    this.shown = null;
    this.alone = false; // a kiosk
    this.strip = document.getElementById("strip");
    new IntersectionObserver(([{ intersectionRatio }]) => {
      this.away = intersectionRatio < 0.3;
      this.#drawStrip();
    }, { threshold: [0, 0.3, 1] }).observe(panel);
  }

  /** The language chosen for the visitor. */
  get language() {
    return this.#language;
  }

  set language(language) {
    this.#language = language;
    this.#draw(this.shown ?? this.idle());
  }

  /**
   * Show a verdict and say it; it gives way to the next, or after some seconds to the idle one, so that none passes on it.
   * One that only confirms what is on the screen already (not `anew`) is not said again.
   */
  show(verdict, { anew = true } = {}) {
    this.shown = verdict;
    this.#draw(verdict);
    if (anew) {
      this.say(this.alone ? this.wordsFor(verdict).slice(0, 2).join(". ") : this.#staffText(verdict), this.alone);
      this.#flash();
    }
    clearTimeout(this.#timer);
    const time = this.alone && verdict.tone !== "wait" ? STAYS_ALONE : STAYS[verdict.tone];
    this.#timer = setTimeout(() => this.rest(), time);
  }

  /** The same verdict twice is seen as two. */
  #flash() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const frames = [{ boxShadow: "inset 0 0 0 3rem #fff" }, { boxShadow: "inset 0 0 0 0 #fff" }];
    this.panel.animate(frames, { duration: 350, easing: "ease-out" });
  }

  /** Leave the verdict on the screen for as long as somebody may have to fetch the manager. */
  hold() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.rest(), this.alone ? STAYS_ALONE : STAYS_FOR_MANAGER);
  }

  /** Show that the door is ready; nothing is said, or a listener would hear it after every verdict. */
  rest() {
    clearTimeout(this.#timer);
    this.shown = null;
    this.#draw(this.idle());
    this.onRest();
  }

  /** Whoever has scrolled down sees the verdict at the upper edge; the page is not scrolled under a thumb. */
  #drawStrip() {
    this.strip.hidden = !this.away || this.shown === null;
    this.strip.dataset.tone = this.shown?.tone ?? "ready";
    this.strip.textContent = this.shown?.word ?? "";
  }

  /** Return [word, line, spoken] of a verdict in the visitor's language. */
  wordsFor({ name, tone, people }) {
    const words = this.visitor[this.#language];
    const found = words[FOR_VISITORS[name] ?? name] ?? words[tone] ?? words.refused;
    return found.map((text) => fill(text, { people }));
  }

  /** Let a screen reader say this, once. */
  say(text, forVisitor = false) {
    this.voice.lang = this.#tag(forVisitor ? this.#language : this.pageLanguage);
    this.voice.textContent = "";
    this.voice.append(text); // a new text node: the same words twice are said twice
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => (this.voice.textContent = ""), SAID_FOR);
  }

  #staffText({ word, line, note }) {
    return [word, line, note].filter(Boolean).map((part) => part.replace(/[.。]?$/, ".")).join(" ");
  }

  #draw(verdict) {
    const { tone, name, symbol = tone } = verdict;
    const own = this.wordsFor(verdict);
    const foreign = !this.alone && this.#language !== this.pageLanguage && tone !== "look";
    const [word, line, note] = this.alone ? [...own.slice(0, 2), ""] : [verdict.word, verdict.line, verdict.note];
    Object.assign(this.panel.dataset, { tone, name, length: word.length > 3 ? "long" : "short" });
    if (word.length > 6) this.panel.dataset.length = "longer";
    this.panel.lang = this.#tag(this.alone ? this.#language : this.pageLanguage);
    this.symbol.setAttribute("href", `#symbol-${symbol}`);
    this.parts.word.textContent = word;
    this.parts.line.textContent = line;
    this.parts.note.textContent = note;
    this.parts.visitor.lang = this.#tag(this.#language);
    this.parts.visitor.textContent = foreign ? own.slice(0, 2).join(" · ") : "";
    this.#drawStrip();
  }

  #tag(language) {
    return TAGS[language] ?? language;
  }
}
