// "Look only": a pass is judged and shown, and nothing is logged. The mode ends by itself a minute after it was turned
// on, however much was looked at meanwhile: a door that has quietly stopped logging is what must not happen.

import { fill } from "./verdict.js";

const LASTS = 60_000; // ms

export class Look {
  #until = 0;
  #ticking = 0;

  /** `button` turns it on and off, `banner` says that it is on; `onChange(on)` is told. */
  constructor({ button, banner, words, say, onChange }) {
    Object.assign(this, { button, banner, words, say, onChange });
    button?.addEventListener("click", () => (this.on ? this.end() : this.begin()));
    banner.querySelector("button").addEventListener("click", () => this.end());
    addEventListener("keydown", (event) => event.key === "Escape" && !document.querySelector("dialog[open]") && this.end());
  }

  get on() {
    return this.#until > 0;
  }

  /** Log nothing from now on, for a minute. */
  begin() {
    this.#until = performance.now() + LASTS;
    this.#ticking = setInterval(() => this.#tick(), 500);
    this.#change();
    this.#tick();
    this.say([...this.banner.querySelectorAll("b, [data-part]")].map((part) => part.textContent).join(". "));
  }

  /** Log again. */
  end() {
    if (!this.on) return;
    clearInterval(this.#ticking);
    this.#until = 0;
    if (this.banner.contains(document.activeElement)) this.button.focus();
    this.#change();
    this.say(this.words.look_ended);
  }

  #change() {
    this.button?.setAttribute("aria-pressed", String(this.on));
    this.banner.hidden = !this.on;
    this.onChange(this.on);
  }

  #tick() {
    const left = Math.ceil((this.#until - performance.now()) / 1000);
    if (left <= 0) this.end();
    else this.banner.querySelector("[data-part]").textContent = fill(this.words.look_left, { seconds: left });
  }
}
