// What was read at the door and is not answered yet. Every item is written to this device before staff are told that
// it is kept, and stays there until the service has answered it: the same id every time, so that an answer lost on the
// way makes no second row. New items go singly and at once, what is left over goes in batches (door/flush.js).

import { Flusher, lockOf } from "./flush.js";
import { PROMPT } from "./link.js";
import { holding } from "./locks.js";
import { NotKept } from "./store.js";

export const MOST = 20_000; // items kept; a busy door makes as many in a day
const ASIDE = new Set(["unknown_kind", "bad_input", "too_large", "wrong_media_type"]); // not understood: nothing was logged
const LIVE_ONLY = ["admit", "pin"]; // asked of staff at the moment; what is uploaded later has happened

const idOf = ({ kind, scan_id, closing_id }) => (kind === "undo" ? `undo ${scan_id}` : (closing_id ?? scan_id));

export class ScanQueue {
  #lane = []; // this tab's items that go live, the first of them under way
  #mine = new Map(); // id → entry: everything this tab read that is not answered
  #sending = false;
  #reading = false;
  #summary = { count: 0, oldest: null, stuck: 0, foreign: 0 };
  #kept = null; // why this device cannot keep items
  #lost = 0;
  #channel = globalThis.BroadcastChannel ? new BroadcastChannel("entry-door") : null;

  /**
   * `onAnswer(item, result)` gets { answer } or { problem }, also of items of an earlier page or another tab;
   * `onLate(item)` is told when an item is kept and its answer is not to be waited for; `onChange(state)` of the rest.
   */
  constructor({ service, store, onAnswer, onLate = () => {}, onChange = () => {} }) {
    Object.assign(this, { service, store, onAnswer, onLate, onChange });
    this.flusher = new Flusher({
      service,
      store,
      busy: (id) => this.#lane.some((entry) => entry.id === id),
      onResult: (record, result) => this.#answered(this.#mine.get(record.id) ?? entryOf(record), result),
      onPause: () => this.#refresh(),
    });
    service.link.watch(() => this.#linkChanged());
    store.onGone = () => this.#writeAgain();
    this.#channel?.addEventListener("message", ({ data }) => this.#heard(data));
    addEventListener("online", () => this.hurry());
    navigator.serviceWorker?.addEventListener("message", ({ data }) => data === "hurry" && this.hurry());
    addEventListener("beforeunload", (event) => {
      if (this.#kept && this.#mine.size) event.preventDefault(); // "leave the page?": they are nowhere else
    });
    this.#start();
  }

  async #start() {
    await this.service.clock.ready;
    try {
      await this.store.unstick(); // what was not understood then may be now
    } catch (error) {
      this.#cannotKeep(error);
    }
    this.hurry();
  }

  get full() {
    return this.#summary.count >= MOST;
  }

  /** What is worth telling about what waits. */
  get state() {
    const { offline } = this.service.link;
    const fresh = offline ? 0 : this.#lane.length; // on their way as usual
    const count = Math.max(this.#summary.count - fresh, 0);
    const facts = { ...this.#summary, count, offline, trouble: offline?.reason ?? null };
    return { ...facts, kept: this.#kept, lost: this.#lost };
  }

  /** Try at once instead of waiting. */
  hurry() {
    this.flusher.hurry();
  }

  /** Return { kind, number?, at } of everything that waits. */
  async pending() {
    return this.store.list(this.service.facilityId);
  }

  /** Send an item; the promise resolves when it cannot be lost any more, and throws NotKept where it could. */
  async add({ kind = "scan", ...fields }) {
    const item = { kind, ...fields };
    const entry = { id: idOf(item), item, seq: null, late: false, answered: false };
    const overtakes = kind === "undo" && this.#mine.has(fields.scan_id); // its scan is not there yet
    const live = !this.service.link.offline && this.service.goesLive(kind) && !overtakes;
    this.#mine.set(entry.id, entry);
    entry.written = this.#write(entry);
    if (live) {
      const sent = new Promise((resolve) => (entry.sent = resolve));
      this.#lane.push(entry);
      this.#send();
      if (await firstTrue(entry.written, sent)) return;
    } else if (await entry.written) {
      this.#isLate(entry);
      this.#refresh();
      this.flusher.soon();
      return;
    }
    this.#mine.delete(entry.id);
    throw new NotKept(this.#kept ?? "broken");
  }

  /** Write an entry and return whether it is kept. */
  async #write(entry) {
    const { kind, ...fields } = entry.item;
    for (const name of LIVE_ONLY) delete fields[name];
    const facts = { id: entry.id, kind, number: fields.number, at: this.service.now(), clock: this.service.clock.facts() };
    try {
      entry.seq = await this.store.add({ ...facts, facility: this.service.facilityId, item: fields });
    } catch (error) {
      this.#cannotKeep(error);
      return false;
    }
    this.#summary.count += 1;
    this.#cannotKeep(null);
    return true;
  }

  /** Take note that this device can keep items (null) or why not. */
  #cannotKeep(error) {
    if (error && !(error instanceof NotKept)) throw error;
    if (this.#kept === (error?.why ?? null)) return;
    this.#kept = error?.why ?? null;
    this.onChange(this.state);
  }

  /** Send what goes live, one after the other in the order it was read. */
  async #send() {
    if (this.#sending) return;
    this.#sending = true;
    while (this.#lane.length) {
      const [entry] = this.#lane;
      await holding(lockOf(entry.id), () => this.#sendOne(entry));
      this.#lane.shift();
    }
    this.#sending = false;
    this.#refresh();
  }

  async #sendOne(entry) {
    const slow = setTimeout(() => {
      this.service.link.failed("slow");
      this.#isLate(entry);
    }, PROMPT);
    try {
      const result = await this.service.post(entry.item);
      // Too late a "full" refuses somebody this device has let in: uploaded, it is an entry that happened.
      if (entry.late && result.problem?.code === "facility_full") this.#goesLater(entry);
      else if (!entry.answered) await this.#answered(entry, result);
    } catch (error) {
      if (!error.why) reportError(error); // our own mistake: seen in the console, and the item is kept
      this.#goesLater(entry);
    } finally {
      clearTimeout(slow);
    }
  }

  /** Leave an item to the batches. */
  #goesLater(entry) {
    entry.sent(false);
    this.#isLate(entry);
    setTimeout(() => this.flusher.soon()); // when the lane has let go of it
  }

  async #isLate(entry) {
    if (!(await entry.written) || entry.late || entry.answered) return;
    entry.late = true;
    this.onLate(entry.item);
  }

  /** Tell what became of an item, here and in the tab that read it, and forget it. */
  async #answered(entry, result) {
    const { id, item } = entry;
    const code = result.problem?.code;
    entry.answered = true;
    entry.sent?.(true);
    this.#mine.delete(id);
    this.onAnswer(item, result);
    this.#channel?.postMessage({ answered: id, result });
    await entry.written;
    if (entry.seq === null) return;
    this.#summary.count -= 1;
    try {
      if (ASIDE.has(code)) await this.store.stick(id, code);
      else await this.store.remove([id]);
    } catch (error) {
      this.#cannotKeep(error); // sent once more some day: the service knows the id
    }
  }

  /** Another tab sent something: take the answer of what this one read. */
  #heard({ answered, result }) {
    const entry = this.#mine.get(answered);
    if (entry) {
      entry.answered = true;
      entry.sent?.(true);
      this.#mine.delete(answered);
      this.#lane = this.#lane.filter((one, at) => at === 0 || one !== entry);
      this.onAnswer(entry.item, result);
    }
    this.#refresh();
  }

  #linkChanged() {
    if (this.service.link.offline) for (const entry of this.#lane.splice(1)) this.#goesLater(entry);
    else this.hurry();
    this.onChange(this.state);
  }

  /** The browser deleted the database under this page: write anew what this page knows, and count the rest. */
  async #writeAgain() {
    const before = this.#summary.count + this.#summary.stuck + this.#summary.foreign;
    this.#summary = { count: 0, oldest: null, stuck: 0, foreign: 0 };
    for (const entry of this.#mine.values()) await (entry.written = this.#write(entry));
    this.#lost += Math.max(before - this.#summary.count, 0);
    this.flusher.soon(); // one that looked meanwhile found nothing, and would not look again
    await this.#refresh();
  }

  async #refresh() {
    if (this.#reading) return;
    this.#reading = true;
    await new Promise((resolve) => setTimeout(resolve)); // one reading for everything that happens in this moment
    this.#reading = false;
    try {
      this.#summary = await this.store.summary(this.service.facilityId);
    } catch (error) {
      this.#cannotKeep(error);
    }
    this.onChange(this.state);
  }
}

/** Return an entry for a record of an earlier page or another tab; whoever it was about has gone in. */
function entryOf({ id, seq, kind, item }) {
  return { id, seq, item: { kind, ...item }, late: true, written: true };
}

/** Return whether any of the promises becomes true, as soon as one does. */
async function firstTrue(...promises) {
  return new Promise((resolve) => {
    for (const promise of promises) promise.then((value) => value && resolve(true));
    Promise.all(promises).then(() => resolve(false));
  });
}
