// Tells the service how many readings this device made, minute by minute: only so does a drill of an outage know what
// was lost. Told when everything that waited is answered, and now and then; an item that still waits is told of.

import { NotKept } from "./store.js";

const EVERY = 15 * 60_000; // ms
const SOON = 5_000; // where it is due: after a time without the service, or when something still waited
const LOOK = 10_000;

export class Tally {
  #due = true; // at the first page, and after each time without the service
  #told = -SOON;
  #telling = false;

  /** `state()` is that of the queue. */
  constructor({ service, store, state }) {
    Object.assign(this, { service, store, state });
    this.#begin();
    setInterval(() => this.changed(), LOOK);
  }

  /** The queue or the connection changed, or time went by. */
  changed() {
    const { offline, count } = this.state();
    if (offline) this.#due = true;
    else if (!count && performance.now() - this.#told > (this.#due ? SOON : EVERY)) this.#tell();
  }

  async #begin() {
    await this.service.clock.ready;
    try {
      await this.store.beginTally(this.service.facilityId, this.service.now());
    } catch (error) {
      if (!(error instanceof NotKept)) throw error; // nothing is counted, and the service knows nothing
    }
  }

  async #tell() {
    if (this.#telling) return;
    this.#telling = true;
    try {
      const until = this.service.now(); // before it is counted: what comes now is not of this time
      const { oldest } = await this.store.summary(this.service.facilityId);
      const made = await this.store.tally(this.service.facilityId);
      if (!made) return;
      const waits = oldest === null ? {} : { oldest: isoOf(oldest) };
      const told = { since: isoOf(made.since), until: isoOf(until), minutes: made.minutes, ...waits };
      await this.service.tell(told); // a service that knows nothing of it is asked no sooner again
      this.#due = oldest !== null;
      this.#told = performance.now();
    } catch (error) {
      if (!(error instanceof NotKept)) throw error;
    } finally {
      this.#telling = false;
    }
  }
}

const isoOf = (at) => new Date(at).toISOString();
