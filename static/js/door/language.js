// The language that the visitor reads and hears: chosen on the device, by staff or at a kiosk by the visitor; there it
// falls back to the page's own when nobody has touched anything for a while.

const CHOSEN = "door-visitor-language";
const FORGET = 20_000; // ms at a kiosk

export class Language {
  #timer = 0;

  /** `onChange(language)` is told, also of the one that was chosen before. */
  constructor(root, usual, onChange) {
    Object.assign(this, { root, usual, onChange });
    this.alone = false;
    root.addEventListener("change", ({ target }) => {
      this.#choose(target.value);
      if (!this.alone) localStorage.setItem(CHOSEN, target.value);
    });
    addEventListener("pointerdown", () => this.#wait());
    const kept = localStorage.getItem(CHOSEN);
    this.#choose(this.#radio(kept) ? kept : usual);
  }

  /** A visitor was served or a key pressed: the language stays a little longer. */
  touched() {
    this.#wait();
  }

  #radio(language) {
    return this.root.querySelector(`input[value="${language}"]`);
  }

  #choose(language) {
    this.#radio(language).checked = true;
    this.onChange(language);
    this.#wait();
  }

  #wait() {
    clearTimeout(this.#timer);
    if (!this.alone || this.#radio(this.usual).checked) return;
    this.#timer = setTimeout(() => this.#choose(this.usual), FORGET);
  }
}
