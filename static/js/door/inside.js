// How many are inside, of how many, and the word for it; of the device's own zone where it has one. Without an answer
// the figure is marked as old.

const ASK_AGAIN = 10_000; // ms between questions who is inside

export class Inside {
  #timer = 0;

  /** `onAsked(error)` is told after every question: null, or why there was no answer. */
  constructor({ panel, words, service, keys, onAsked }) {
    Object.assign(this, { panel, words, service, keys, onAsked });
    this.people = null; // as last known, and when (ms)
    this.at = null;
    this.fresh = false;
  }

  /** Ask now and from time to time. */
  async ask() {
    clearTimeout(this.#timer);
    try {
      await this.keys.refresh();
      this.show(await this.service.occupancy());
      this.onAsked();
    } catch (error) {
      if (!error.why) throw error;
      this.fresh = false;
      this.panel.dataset.known = "false";
      this.onAsked();
    } finally {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.ask(), ASK_AGAIN);
    }
  }

  /** Show what the service says of who is inside; how crowded it is comes as a code or as the word itself. */
  show({ occupancy, limit, crowding = "" }) {
    if (occupancy === undefined) return;
    Object.assign(this, { people: occupancy, at: this.service.now(), fresh: true });
    const word = this.words[crowding] ?? crowding;
    this.#set("occupancy", occupancy.toLocaleString("ko-KR"));
    this.#set("limit", limit === null || limit === undefined ? "" : ` / ${limit.toLocaleString("ko-KR")}`);
    this.#set("crowding", word);
    this.panel.querySelector('[data-part="crowding"]').hidden = !word;
    this.panel.dataset.crowd = Object.keys(this.words).find((code) => this.words[code] === word) ?? "";
    this.panel.dataset.known = "true";
  }

  #set(name, text) {
    this.panel.querySelector(`[data-part="${name}"]`).textContent = text;
  }
}
