// The calm banner of what waits on this device, and its drawer: number and time, never who. The sentence is said once;
// the count goes on without a voice.

import { fill } from "./verdict.js";

const find = (id) => document.getElementById(id);

export class Waiting {
  #drawn = null;

  constructor({ words, queue, clockText }) {
    Object.assign(this, { words, queue, clockText });
    find("drawer").addEventListener("toggle", () => this.#list());
  }

  /** Show the state of the queue. */
  show({ count, trouble, stuck = 0, kept = null, foreign = 0, lost = 0 }) {
    const sentence = trouble === null ? "" : (this.words.trouble[trouble] ?? this.words.trouble.busy);
    const more = [stuck && this.words.stuck, kept && this.words.no_queue, foreign && this.words.foreign, lost && this.words.lost];
    const text = [sentence, ...more].filter(Boolean).join(" ");
    if (find("connection-text").textContent !== text) find("connection-text").textContent = text;
    find("connection").hidden = text === "" && count === 0;
    find("connection").dataset.grave = String(trouble === "unenrolled" || Boolean(kept) || lost > 0);
    find("drawer").hidden = count === 0;
    find("waiting-count").textContent = fill(trouble === null ? this.words.sending : this.words.pending, { count });
    find("enrol-again").hidden = trouble !== "unenrolled";
    if (find("drawer").open && this.#drawn !== count) this.#list();
  }

  async #list() {
    if (!find("drawer").open) return;
    const items = await this.queue.pending();
    this.#drawn = items.length;
    const rows = items.slice(0, 100).map(({ kind, number, at }, place) => {
      const row = document.createElement("li");
      const time = document.createElement("time");
      time.textContent = this.clockText(at);
      const name = number ?? this.words.kinds[kind] ?? "";
      row.append(`${place + 1}`, time, name);
      return row;
    });
    find("pending").replaceChildren(...rows);
  }
}
