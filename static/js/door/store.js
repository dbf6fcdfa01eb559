// What the door keeps on this device, through a closed page, a killed browser and an empty battery: items that the
// service has not answered yet, sealed, and by name what is needed to go on without the service (keys, clock).

import { Database, NotKept, UPGRADES } from "./database.js";
import { newKey, seal, unseal } from "./seal.js";

export { NotKept };

/** From one form of an item to the next: a queue that an earlier release wrote is read by this one. */
export const ITEM_UPGRADES = []; // the first makes form 2 out of form 1
const NAME = "entry-door";
const KEY = "seal-key"; // under this name in "kept"
const TALLY = "tally "; // before a facility: what was made for it, minute by minute
const COUNTED = ["scan", "refusal"]; // paper has the time that its writer says
const MINUTE = 60_000;
const TALLIED = 2 * 24 * 60; // minutes that are remembered
const TRIES = 5; // of a transaction whose connection is closed: by a deletion, again when the page is told of it
const BREATH = 50; // ms more before each further try: a deletion takes its time

export class DoorStore {
  #database;
  #key = null;
  #asked = false;
  #gap = false; // something was made that could not be kept: what is counted begins anew

  /** `onGone()` may be set: it is told when the browser deleted everything under an open page. */
  constructor({ name = NAME, upgrades = UPGRADES, itemUpgrades = ITEM_UPGRADES } = {}) {
    this.itemUpgrades = itemUpgrades;
    this.onGone = () => {};
    this.#database = new Database(name, upgrades, () => {
      this.#key = null;
      this.onGone();
    });
  }

  /** The form of the items that this release writes. */
  get version() {
    return this.itemUpgrades.length + 1;
  }

  /**
   * Keep an item at the end of the queue and return its place, once it is on the disk; throws NotKept.
   * An id that is kept already keeps its place and its first item.
   */
  async add(made) {
    try {
      return await this.#add(made);
    } catch (error) {
      if (COUNTED.includes(made.kind)) this.#gap = true;
      throw error;
    }
  }

  async #add({ id, kind, at, facility, number, clock, item }) {
    this.#askToStay();
    const facts = { v: this.version, id, kind, at, facility, clock, ...(number === undefined ? {} : { number }) };
    const counted = COUNTED.includes(kind);
    const key = await this.#sealKey();
    const record = { ...facts, ...(await seal(key, id, item)) };
    const known = await this.#again("readwrite", ["items", "kept"], (items, kept) => {
      const opens = key && kept.get(KEY); // the browser may have deleted the key since, and the rest with it
      if (opens) opens.onsuccess = () => opens.result ?? kept.put({ name: KEY, value: key, at: Date.now() });
      const request = items.index("id").getKey(id);
      request.onsuccess = () => {
        if (request.result !== undefined) return;
        items.add(record).onsuccess = ({ target }) => (record.seq = target.result);
        if (counted) count(kept, facility, at, Date.parse(item.scanned_at) || at, this.#gap);
      };
      return request;
    });
    if (counted) this.#gap = false;
    return known ?? record.seq;
  }

  /** Return up to `most` of a facility's records in their order, each with its `item`; `wanted(record)` chooses. */
  async oldest(facility, most, wanted = () => true) {
    const found = [];
    let key = null; // read with the records: of one database
    await this.#again("readonly", ["items", "kept"], (items, kept) => {
      found.length = 0;
      kept.get(KEY).onsuccess = ({ target }) => (key = target.result?.value ?? null);
      const request = items.index("facility").openCursor(IDBKeyRange.only(facility));
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor || found.length >= most) return;
        if (cursor.value.stuck === undefined && wanted(cursor.value)) found.push(cursor.value);
        cursor.continue();
      };
    });
    const opened = await Promise.all(found.map(async (record) => ({ ...record, item: await this.#open(key, record) })));
    for (const { id, item } of opened) if (item === null) await this.stick(id, "unreadable");
    return opened.filter(({ item }) => item !== null);
  }

  /** Begin to count what is made for a facility, unless that was begun. */
  async beginTally(facility, at) {
    await this.#again("readwrite", ["kept"], (kept) => count(kept, facility, at, null, false));
  }

  /** Return { since, minutes: [[minute since 1970, how many made], …] } of a facility, or null. */
  async tally(facility) {
    const found = await this.kept(TALLY + facility);
    return found && { since: found.value.since, minutes: [...found.value.minutes] };
  }

  /** Forget what has been answered, by its id: in a database that was deleted and made anew a place is another's. */
  async remove(ids) {
    await this.#again("readwrite", ["items"], (items) => {
      for (const id of ids) {
        items.index("id").getKey(id).onsuccess = ({ target }) => target.result !== undefined && items.delete(target.result);
      }
    });
  }

  /** Lay an item aside, with the reason. */
  async stick(id, reason) {
    await this.#again("readwrite", ["items"], (items) => {
      const request = items.index("id").get(id);
      request.onsuccess = () => request.result && items.put({ ...request.result, stuck: reason });
    });
  }

  /** Put what was laid aside back into the queue: a newer release or service may know better. */
  async unstick() {
    await this.#again("readwrite", ["items"], (items) => {
      const request = items.index("stuck").openCursor();
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor) return;
        const { stuck: _, ...record } = cursor.value;
        cursor.update(record);
        cursor.continue();
      };
    });
  }

  /** Return how many records wait for a facility, since when, how many are laid aside and how many are another's. */
  async summary(facility) {
    const found = { count: 0, oldest: null, stuck: 0, foreign: 0 };
    await this.#again("readonly", ["items"], (items) => {
      const mine = items.index("facility");
      mine.count(facility).onsuccess = ({ target }) => (found.count = target.result);
      mine.openCursor(facility).onsuccess = ({ target }) => (found.oldest = target.result?.value.at ?? null);
      items.index("stuck").count().onsuccess = ({ target }) => (found.stuck = target.result);
      items.count().onsuccess = ({ target }) => (found.foreign = target.result - found.count);
    });
    return { ...found, count: Math.max(found.count - found.stuck, 0) };
  }

  /** Return { kind, number?, at } of everything that waits for a facility: no more may be shown of it. */
  async list(facility) {
    const records = await this.#again("readonly", ["items"], (items) => items.index("facility").getAll(facility));
    return records.map(({ kind, number, at }) => (number === undefined ? { kind, at } : { kind, number, at }));
  }

  /** Keep a value under a name, with the moment; throws NotKept. */
  async keep(name, value, at = Date.now()) {
    await this.#again("readwrite", ["kept"], (kept) => kept.put({ name, value, at }));
  }

  /** Return { value, at } of what was kept under the name, or null, also where nothing can be kept. */
  async kept(name) {
    try {
      const found = await this.#again("readonly", ["kept"], (kept) => kept.get(name));
      return found ? { value: found.value, at: found.at } : null;
    } catch (error) {
      if (!(error instanceof NotKept)) throw error;
      return null;
    }
  }

  /** Keep a value under a name, sealed like the items; throws NotKept. */
  async keepSealed(name, value) {
    await this.keep(name, await seal(await this.#sealKey(), name, value));
  }

  /** Return what was sealed under the name, or null; what its key does not open is forgotten. */
  async keptSealed(name) {
    const found = await this.kept(name);
    if (!found) return null;
    const value = await unseal(await this.#sealKey(), { id: name, ...found.value });
    if (value === null) await this.forget(name);
    return value;
  }

  /** Forget what was kept under a name; throws NotKept. */
  async forget(name) {
    await this.#again("readwrite", ["kept"], (kept) => kept.delete(name));
  }

  /** Take or renew the lease of a name for so many milliseconds (0: give it back); return whether it is ours. */
  async lease(name, owner, milliseconds) {
    let ours = false;
    await this.#again("readwrite", ["kept"], (kept) => {
      const request = kept.get(name);
      request.onsuccess = () => {
        const { owner: holder, until } = request.result?.value ?? { owner, until: 0 };
        ours = holder === owner || until <= Date.now() || until > Date.now() + 60_000; // a clock was set back
        if (ours) kept.put({ name, value: { owner, until: Date.now() + milliseconds }, at: Date.now() });
      };
    });
    return ours;
  }

  /** Run a transaction; where the connection was closed meanwhile, again on a new one, which may be closed as well. */
  async #again(mode, names, work) {
    for (let tried = 1; ; tried++) {
      try {
        return await this.#database.run(mode, names, work);
      } catch (error) {
        if (error.why !== "broken" || tried === TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, (tried - 1) * BREATH)); // the first time at once
      }
    }
  }

  async #open(key, record) {
    let item = await unseal(key, record);
    for (const upgrade of item === null ? [] : this.itemUpgrades.slice(record.v - 1)) item = upgrade(item);
    return item;
  }

  /** Return the key of this database; two tabs that make one at the same moment keep the same. */
  async #sealKey() {
    if (this.#key) return this.#key;
    const fresh = await newKey();
    if (fresh === null) return null;
    let value = fresh;
    await this.#again("readwrite", ["kept"], (kept) => {
      const request = kept.get(KEY);
      request.onsuccess = () => {
        if (request.result) value = request.result.value;
        else kept.put({ name: KEY, value: fresh, at: Date.now() });
      };
    });
    this.#key = value;
    return value;
  }

  /** Ask the browser once to delete nothing of ours when the disk runs short; it may say no. */
  #askToStay() {
    if (this.#asked) return;
    this.#asked = true;
    navigator.storage?.persist?.().catch(() => {});
  }
}

/** Count in a transaction that something was made at a moment (null: only begin); after a gap the count begins anew. */
function count(kept, facility, now, at, anew) {
  const request = kept.get(TALLY + facility);
  request.onsuccess = () => {
    const known = anew ? undefined : request.result?.value;
    if (known && at === null) return;
    const { since, minutes } = known ?? { since: now, minutes: new Map() };
    if (at !== null) {
      const minute = Math.floor(at / MINUTE);
      minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
    }
    const first = Math.floor(now / MINUTE) - TALLIED;
    for (const minute of minutes.keys()) if (minute < first) minutes.delete(minute);
    kept.put({ name: TALLY + facility, value: { since, minutes }, at: now });
  };
}
