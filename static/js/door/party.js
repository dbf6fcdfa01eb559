// How many come with the next pass: 1 to 20 people, children under 14 among them. It holds for one scan and falls back
// to one, so that a family of four is not four times four.

import { fill } from "./verdict.js";

const MOST = 20;

export class Party {
  #people = 1;
  #children = 0;

  /** `root` holds the two steppers; `say` tells a screen reader what was set. */
  constructor(root, words, say) {
    Object.assign(this, { root, words, say });
    for (const button of root.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => this.#step(button.dataset.of, Number(button.dataset.step)));
    }
    this.#draw();
  }

  /** Return { party_size, children } for the scan that is made now, and fall back to one. */
  take() {
    const party = { party_size: this.#people, children: this.#children };
    this.clear();
    return party;
  }

  /** Set the party again that came with a refused code, unless staff have set another since. */
  restore({ party_size = 1, children = 0 }) {
    if (this.#people > 1) return;
    this.#people = party_size;
    this.#children = children;
    this.#draw();
  }

  /** Return what is set without using it up. */
  get set() {
    return { party_size: this.#people, children: this.#children };
  }

  /** Fall back to one person. */
  clear() {
    this.#people = 1;
    this.#children = 0;
    this.#draw();
  }

  #step(of, step) {
    const within = (number, least, most) => Math.min(Math.max(number, least), most);
    if (of === "people") this.#people = within(this.#people + step, 1, MOST);
    this.#children = within(this.#children + (of === "children" ? step : 0), 0, this.#people - 1); // one adult at least
    this.#draw();
    const sentence = this.#children ? this.words.party_children_said : this.words.party_said;
    this.say(fill(sentence, { people: this.#people, children: this.#children }));
  }

  #draw() {
    const counts = { people: this.#people, children: this.#children };
    for (const [of, count] of Object.entries(counts)) {
      const stepper = this.root.querySelector(`[data-count="${of}"]`);
      stepper.textContent = fill(this.words.people, { people: count });
    }
    const limits = { people: [1, MOST], children: [0, this.#people - 1] };
    for (const button of this.root.querySelectorAll("[data-step]")) {
      const [least, most] = limits[button.dataset.of];
      const atEnd = counts[button.dataset.of] === (Number(button.dataset.step) < 0 ? least : most);
      button.setAttribute("aria-disabled", String(atEnd));
    }
    this.root.dataset.several = String(this.#people > 1);
    this.root.querySelector(".stepper-children").hidden = this.#people < 2;
  }
}
