// The time of the service at the door: the device's clock and what it was off by when the service last told the time,
// kept for a page load without network. A clock that somebody sets meanwhile is noticed and marked.

const KEPT = "clock"; // under this name in the store
const LEAP = 2_000; // ms between the two clocks of the device that nothing but a setting (or sleep) explains
const SAME = 5_000; // ms; clocks closer than this are called equal

export class DoorClock {
  #offset = 0; // ms that this device's clock is behind the service's
  #measured = false;
  #kept = null; // offset that the store knows
  #start = Date.now() - performance.now();
  #jump = 0; // ms the device's clock was moved by since the last measurement

  constructor(store) {
    this.store = store;
    this.ready = this.#recall();
  }

  async #recall() {
    const known = await this.store?.kept(KEPT);
    if (!known || this.#measured) return;
    this.#offset = this.#kept = known.value.offset;
  }

  /** Return the present of the service in milliseconds, as well as it is known. */
  now() {
    this.#notice();
    return Date.now() + this.#offset;
  }

  /** Take what the service said the time is; the answer took so long, and a slow one says too little to change much. */
  measured(present, took, prompt) {
    if (this.#measured && !prompt) return;
    this.#offset = Math.round(present + took / 2 - Date.now());
    this.#start = Date.now() - performance.now();
    this.#measured = true;
    this.#jump = 0;
    if (this.#kept !== null && Math.abs(this.#offset - this.#kept) < 1_000) return;
    this.#kept = this.#offset;
    this.store?.keep(KEPT, { offset: this.#offset }).catch(() => {});
  }

  /** Return what belongs to an item about the clock that stamped it: { offset, jump } in milliseconds. */
  facts() {
    this.#notice();
    return { offset: this.#offset, jump: this.#jump };
  }

  /**
   * Return by how much the clock that stamped an item is off, by what is known now. A leap forward may have been the
   * device asleep, so the newer measurement is believed; no sleep sets a clock back.
   */
  deviation({ offset, jump }) {
    const off = offset - this.#offset;
    if (Math.abs(off) >= SAME) return off;
    return jump < 0 ? jump : 0;
  }

  /** Return the present as the clock that stamped an item would show it. */
  nowAsSeenBy(facts) {
    return this.now() + this.deviation(facts);
  }

  /** Say whether two items were stamped by clocks that agree. */
  agree(one, other) {
    return Math.abs(this.deviation(one) - this.deviation(other)) < SAME;
  }

  #notice() {
    const moved = Date.now() - performance.now() - this.#start;
    if (Math.abs(moved) < LEAP) return;
    this.#jump += Math.round(moved);
    this.#start += moved;
  }
}
