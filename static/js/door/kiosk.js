// The page without anybody beside it: a large camera and what the visitor is told, in the visitor's language. Leaving
// it needs the manager's PIN. A device enrolled as a kiosk comes back to it by itself.

import { askPin } from "./dialogs.js";

const CHOSEN = "door-kiosk"; // a desk stays a kiosk over a reload
const BACK_AFTER = 300_000; // ms without a touch, on a device enrolled as a kiosk
const find = (id) => document.getElementById(id);

export class Kiosk {
  #timer = 0;

  /** `onChange(on)` is told; `checkPin(pin)` returns null where it is right, else what is wrong. */
  constructor({ page, checkPin, onChange }) {
    Object.assign(this, { page, checkPin, onChange, on: false });
    find("kiosk-enter")?.addEventListener("click", () => this.enter());
    find("kiosk-leave").addEventListener("click", () => this.leave());
    addEventListener("beforeunload", (event) => this.on && event.preventDefault()); // "leave the page?"
    addEventListener("contextmenu", (event) => this.on && event.preventDefault());
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => this.#wait(), { capture: true });
    if (this.#always || localStorage.getItem(CHOSEN)) this.#set(true);
  }

  get #always() {
    return this.page.profile === "kiosk";
  }

  /** Leave the device to visitors. */
  enter() {
    localStorage.setItem(CHOSEN, "1");
    document.documentElement.requestFullscreen?.().catch(() => {}); // the page fills what it has without it
    this.#set(true);
    find("verdict").focus();
  }

  /** Give it back to staff who know the PIN. */
  async leave() {
    if (!(await askPin(this.page.words.kiosk_title, this.checkPin))) return;
    localStorage.removeItem(CHOSEN);
    if (document.fullscreenElement) await document.exitFullscreen().catch(() => {});
    this.#set(false);
    find("verdict").focus();
  }

  #set(on) {
    this.on = on;
    document.body.dataset.mode = on ? "kiosk" : "staff";
    this.onChange(on);
    this.#wait();
  }

  #wait() {
    clearTimeout(this.#timer);
    if (this.#always && !this.on) this.#timer = setTimeout(() => this.#set(true), BACK_AFTER);
  }
}
