// Speaks with the service for the door: keys, clock, one item or many, who is inside. An item counts as recorded only
// when the service itself has said so; anything else is "later" and is sent again with the same id.

import { DoorClock } from "./clock.js";
import { Link, PROMPT } from "./link.js";

const PATIENCE = 6_000; // ms for one answer
const BATCH_PATIENCE = 20_000; // ms for the answer to many
const LIVE = {
  scan: () => "/api/v1/scans",
  slip: () => "/api/v1/slips",
  closing: () => "/api/v1/closings",
  undo: ({ scan_id }) => `/api/v1/scans/${encodeURIComponent(scan_id)}/undo`,
};

/** What became of a request that was not answered as hoped. */
export class Unanswered extends Error {
  /** `why`: "offline" (no answer), "busy" (not now), "fault" (not this one), "unenrolled" (not this device) or "large". */
  constructor(why) {
    super(why);
    this.why = why;
  }
}

export class Service {
  #token = document.querySelector('meta[name="csrf-token"]').content; // empty in a page that was kept

  /** `store` keeps keys and clock for the next page load without network; without one they live in this page. */
  constructor(facilityId, store = null) {
    this.facilityId = facilityId;
    this.store = store;
    this.link = new Link();
    this.clock = new DoorClock(store);
  }

  /** Return the present in milliseconds, by the clock of the service. */
  now() {
    return this.clock.now();
  }

  /** Return { keys, at, kept }: the verification keys, fresh or as they were kept; throws Unanswered. */
  async keys() {
    return this.#remembered("keys", async () => (await this.#get("/api/v1/keys", true)).keys);
  }

  /** Return { days, at, kept }: the vault's public keys of the next days, fresh or as they were kept; throws Unanswered. */
  async dayKeys() {
    return this.#remembered("day-keys", async () => (await this.#get("/api/v1/day-keys")).days, "days");
  }

  /** Return { keys, at } as they were kept, without asking; null where there are none. */
  async keptKeys() {
    const known = await this.store?.kept("keys");
    return known ? { keys: known.value, at: known.at } : null;
  }

  /** Return { occupancy, capacity, … }; throws Unanswered. */
  async occupancy() {
    return this.#get(`/api/v1/facilities/${encodeURIComponent(this.facilityId)}/occupancy`);
  }

  /** Say whether an item of this kind has an address of its own, beside the batch. */
  goesLive(kind) {
    return kind in LIVE;
  }

  /** Return { answer } when the item is in the log or { problem } when it was refused for good; throws Unanswered. */
  async post({ kind = "scan", ...fields }) {
    const { scan_id, ...rest } = fields;
    const named = kind === "scan" || kind === "slip";
    const ours = (said) => !named || said?.scan_id === scan_id;
    return this.#exchange(LIVE[kind](fields), kind === "undo" ? rest : fields, { ours, final: isFinal });
  }

  /** Ask something of the service itself that is never kept: { answer } or { problem }; throws Unanswered. */
  async ask(path, body) {
    const waits = (response, said) => response.status === 429 && typeof said?.code === "string"; // a PIN, too often
    const final = (response, said) => isFinal(response, said) || waits(response, said);
    return this.#exchange(path, body, { ours: () => true, final });
  }

  async #exchange(path, body, { ours, final }) {
    const { response, said, took } = await this.#post(path, body, PATIENCE);
    const right = response.ok && (said !== null || response.status === 204) && ours(said);
    if (!right && !final(response, said)) throw this.#failed(whyNot(response, said));
    this.link.answered(took);
    return right ? { answer: said ?? {} } : { problem: said };
  }

  /** Send records of the store in one request and return what became of each, in order; throws Unanswered. */
  async sync(records) {
    const present = this.clock.nowAsSeenBy(records[0].clock);
    const items = records.map(({ kind, item }) => ({ kind, ...item }));
    const body = { v: records[0].v, device_now: new Date(present).toISOString(), items };
    const { response, said, took } = await this.#post("/api/v1/sync", body, BATCH_PATIENCE);
    if (response.ok && Array.isArray(said?.results)) {
      this.link.answered(records.length > 1 ? Math.min(took, PROMPT) : took); // many take their time
      return said.results;
    }
    if (response.status === 413) throw new Unanswered("large");
    if (response.status === 429) throw new Unanswered("busy"); // with batches of others; new scans are not held up
    const why = isFinal(response, said) ? "fault" : whyNot(response, said); // a batch is never refused for good
    throw this.#failed(why);
  }

  /** Tell how many readings were made; whether the service takes it, or knows of such a thing, is all the same. */
  async tell(tally) {
    try {
      await this.#post("/api/v1/tally", tally, PATIENCE);
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
    }
  }

  async #post(path, body, patience) {
    if (!this.#token) await this.#renewToken();
    let came = await this.#send(path, body, patience);
    if (came.response.status === 400 && came.said?.code === "csrf") {
      await this.#renewToken(); // somebody signed in or out in this browser
      came = await this.#send(path, body, patience);
    }
    return came;
  }

  #send(path, body, patience) {
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.#token };
    return this.#fetch(path, { method: "POST", headers, body: JSON.stringify(body) }, patience);
  }

  async #fetch(path, options = {}, patience = PATIENCE) {
    const asked = performance.now();
    let response;
    try {
      response = await fetch(path, { credentials: "same-origin", signal: AbortSignal.timeout(patience), ...options });
    } catch {
      throw this.#failed("offline");
    }
    const said = await json(response);
    if (response.status === 401) throw this.#failed("unenrolled");
    return { response, said, took: performance.now() - asked };
  }

  async #get(path, anybody = false) {
    const { response, said, took } = await this.#fetch(path);
    if (!response.ok || said === null) throw this.#failed(whyNot(response, said));
    this.link.answered(took, anybody);
    if (said.now) this.clock.measured(Date.parse(said.now), took, took < PROMPT);
    return said;
  }

  async #remembered(name, ask, called = name) {
    try {
      const value = await ask();
      await this.store?.keep(name, value).catch(() => {}); // the door goes on without; the queue says what it cannot
      return { [called]: value, at: Date.now(), kept: false };
    } catch (error) {
      const known = error instanceof Unanswered ? await this.store?.kept(name) : null;
      if (!known) throw error;
      return { [called]: known.value, at: known.at, kept: true };
    }
  }

  /** Fetch the page for its token; no navigation, so that the service worker does not answer with a kept one. */
  async #renewToken() {
    let text = "";
    try {
      const options = { headers: { Accept: "text/html" }, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
      const response = await fetch("/staff", options);
      if (response.ok) text = await response.text();
    } catch {
      throw this.#failed("offline");
    }
    const page = new DOMParser().parseFromString(text, "text/html");
    const token = page.querySelector('meta[name="csrf-token"]')?.content;
    if (!token) throw this.#failed("busy");
    this.#token = token;
  }

  #failed(why) {
    this.link.failed(why);
    return new Unanswered(why);
  }
}

const LATER = new Set([408, 425, 429]);

/** Say whether the service has refused the item itself: it would say the same tomorrow. */
function isFinal(response, said) {
  const client = response.status >= 400 && response.status < 500 && !LATER.has(response.status);
  return client && typeof said?.code === "string" && said.code !== "csrf";
}

/** Return why there is no answer; what is not JSON of ours came from a proxy or the network's own sign-in page. */
function whyNot(response, said) {
  if (!said) return "offline";
  return response.status === 500 ? "fault" : "busy";
}

/** Return the body if it is JSON of our kind, else null. */
async function json(response) {
  if (!/^application\/(problem\+)?json/.test(response.headers.get("Content-Type") ?? "")) return null;
  try {
    return await response.json();
  } catch {
    return null; // cut off on its way
  }
}
