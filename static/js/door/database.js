// Opens the database of the door in this browser: IndexedDB as it is, because two stores and a handful of questions
// need no library of 4 KB.

/** From one form of the database to the next: a database of form n has been through the first n of these. */
export const UPGRADES = [
  (db) => {
    const items = db.createObjectStore("items", { keyPath: "seq", autoIncrement: true });
    items.createIndex("id", "id", { unique: true });
    items.createIndex("facility", "facility");
    items.createIndex("stuck", "stuck"); // only of those that are
    db.createObjectStore("kept", { keyPath: "name" });
  },
];

/** Something could not be kept on this device; `why`: "absent", "full", "outdated" or "broken". */
export class NotKept extends Error {
  constructor(why) {
    super(why);
    this.why = why;
  }
}

const REASONS = { QuotaExceededError: "full", VersionError: "outdated", SecurityError: "absent" };

function notKept(error) {
  return error instanceof NotKept ? error : new NotKept(REASONS[error?.name] ?? "broken");
}

export class Database {
  #opening = null;
  #under = new Set(); // how to give up what is under way: a browser that deletes a database may never answer it

  /** `onGone()` is told when the browser deleted the database under an open page. */
  constructor(name, upgrades, onGone) {
    Object.assign(this, { name, upgrades, onGone });
  }

  /**
   * Run a transaction and return the result of the request that `work(stores)` returns, once everything in it is
   * on the disk; throws NotKept.
   */
  async run(mode, names, work) {
    let giveUp;
    const gone = new Promise((_, reject) => (giveUp = () => reject(new NotKept("broken"))));
    this.#under.add(giveUp);
    const opening = this.#open();
    try {
      return await Promise.race([gone, opening.then((db) => transact(db, mode, names, work))]);
    } catch (error) {
      const known = notKept(error);
      // Closed for another page's upgrade, deleted by the browser under this connection, or whatever: opened anew.
      if (known.why === "broken") this.#forget(opening);
      throw known;
    } finally {
      this.#under.delete(giveUp);
    }
  }

  #forget(opening) {
    if (this.#opening === opening) this.#opening = null;
  }

  #open() {
    this.#opening ??= new Promise((resolve, reject) => {
      if (!globalThis.indexedDB) throw new NotKept("absent");
      const request = indexedDB.open(this.name, this.upgrades.length);
      request.onupgradeneeded = ({ oldVersion }) => {
        for (const upgrade of this.upgrades.slice(oldVersion)) upgrade(request.result, request.transaction);
      };
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const db = request.result;
        db.onversionchange = () => {
          db.close(); // a newer page upgrades it; this one asks again and is told that it is outdated
          this.#opening = null;
        };
        db.onclose = () => {
          this.#opening = null;
          for (const giveUp of this.#under) giveUp();
          this.onGone();
        };
        resolve(db);
      };
    });
    const opening = this.#opening;
    opening.catch(() => this.#forget(opening));
    return opening;
  }
}

/** Do the work in a transaction; what its request found comes back when everything is on the disk. */
async function transact(db, mode, names, work) {
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(names, mode, { durability: "strict" });
    const request = work(...names.map((name) => transaction.objectStore(name)));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = () => reject(transaction.error);
  });
}
