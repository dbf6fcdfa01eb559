// Sends what is left over in the store: in order, in batches, from one tab at a time, with growing pauses after
// failures that are drawn by chance, so that a whole city does not come back in the same second.

import { alone, held } from "./locks.js";

const NAME = "entry-door"; // of the lock; NAME, space, id: an item on its way by itself
const BATCH = 200; // items in one request
const FIRST_PAUSE = 1_000; // ms after a failure; doubled up to the longest, and drawn between half and all of it
const LONGEST_PAUSE = 15_000;
const AGAIN = new Set(["fault", "unavailable", "too_many"]); // codes of a result: not now

/** Return the name of the lock of an item that is on its way by itself. */
export const lockOf = (id) => `${NAME} ${id}`;

export class Flusher {
  #running = false;
  #again = false;
  #timer = null;
  #pause = FIRST_PAUSE;
  #size = BATCH;
  #passed = new Set(); // ids the service broke down over, left out for a round

  /** `busy(id)`: this tab sends it by itself; `onResult(record, result)` is awaited; `onPause()` is told at each stop. */
  constructor({ service, store, busy, onResult, onPause }) {
    Object.assign(this, { service, store, busy, onResult, onPause });
  }

  /** Send now what there is. */
  hurry() {
    this.#pause = FIRST_PAUSE;
    this.#flush();
  }

  /** Send soon: at once where the service can be reached, else when the pause is over. */
  soon() {
    if (!this.service.link.offline) this.#flush();
    else if (this.#timer === null) this.#later();
  }

  async #flush() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    while (this.#again) {
      this.#again = false;
      try {
        await alone(NAME, this.store, (renew) => this.#drain(renew));
      } catch (error) {
        if (!error.why) reportError(error); // our own mistake: seen in the console, and nothing is removed
        if (error.why !== "absent") this.#later();
      }
    }
    this.#running = false;
    this.onPause();
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flush(), this.#pause * (0.5 + Math.random() / 2));
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  async #drain(renew) {
    while (await renew()) {
      const records = await this.#next();
      if (!records.length) break;
      let results;
      try {
        results = await this.service.sync(records);
      } catch (error) {
        this.#shrink(error.why, records);
        throw error;
      }
      const taken = await this.#take(records, results);
      if (taken < records.length) return this.#later();
      this.#pause = FIRST_PAUSE;
      this.#size = Math.min(this.#size * 2, BATCH);
    }
    if (this.#passed.size) this.#later();
    this.#passed.clear();
    return undefined;
  }

  /** Return the records of the next batch: in order, none that is on its way by itself, stamped by one clock. */
  async #next() {
    const live = await held(`${NAME} `);
    const free = ({ id }) => !live.has(lockOf(id)) && !this.busy(id) && !this.#passed.has(id);
    const records = await this.store.oldest(this.service.facilityId, this.#size, free);
    const other = records.findIndex(({ clock, v }) => v !== records[0].v || !this.service.clock.agree(clock, records[0].clock));
    return other < 0 ? records : records.slice(0, other);
  }

  /** After a batch that the service broke down over: a smaller one, in the end without the one item. */
  #shrink(why, records) {
    if (why !== "fault" && why !== "large") return;
    if (records.length === 1) this.#passed.add(records[0].id);
    this.#size = Math.max(Math.floor(records.length / 2), 1);
  }

  /** Hand on what became of each record and return how many are settled; an answer may be cut short. */
  async #take(records, results) {
    let taken = 0;
    for (const [at, record] of records.entries()) {
      const result = results[at];
      if (!result || AGAIN.has(result.code)) continue;
      await this.onResult(record, result.code === undefined ? { answer: result } : { problem: result });
      taken += 1;
    }
    return taken;
  }
}
