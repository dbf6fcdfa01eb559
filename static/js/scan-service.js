// Speaks with the service for the door: keys, clock, one scan, who is inside. A scan counts as recorded only when the
// service itself has said so; anything else is "later" and is tried again with the same scan_id.

const PATIENCE = 6_000; // ms for one answer
const PROMPT = 1_500; // ms; a slower answer says too little about the time

/** What became of a request that was not answered as hoped. */
export class Unanswered extends Error {
  /** `why`: "offline" (no answer), "busy" (not now), "fault" (not this one) or "unenrolled" (not this device). */
  constructor(why) {
    super(why);
    this.why = why;
  }
}

export class Service {
  #synchronised = false;
  #offset = 0; // ms that this device's clock is behind the service's
  #token = document.querySelector('meta[name="csrf-token"]').content;

  constructor(facilityId) {
    this.facilityId = facilityId;
  }

  /** Return the present in milliseconds, by the clock of the service. */
  now() {
    return Date.now() + this.#offset;
  }

  /** Return the verification keys; throws Unanswered. */
  async keys() {
    return (await this.#get("/api/v1/keys")).keys;
  }

  /** Return { occupancy, capacity }; throws Unanswered. */
  async occupancy() {
    return this.#get(`/api/v1/facilities/${encodeURIComponent(this.facilityId)}/occupancy`);
  }

  /** Return { answer } when the scan is in the log or { problem } when it was refused for good; throws Unanswered. */
  async post(scan) {
    let response = await this.#send(scan);
    if (response.status === 400 && (await json(response))?.code === "csrf") {
      await this.#renewToken(); // somebody signed in or out in this browser
      response = await this.#send(scan);
    }
    const said = await json(response);
    if (response.ok && said?.scan_id === scan.scan_id) return { answer: said };
    if (response.status === 401) throw new Unanswered("unenrolled");
    const final = response.status >= 400 && response.status < 500 && ![408, 425, 429].includes(response.status);
    if (final && typeof said?.code === "string" && said.code !== "csrf") return { problem: said };
    throw new Unanswered(whyNot(response, said));
  }

  #send(scan) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": this.#token };
    return ask("/api/v1/scans", { method: "POST", headers, body: JSON.stringify(scan) });
  }

  async #get(path) {
    const asked = Date.now();
    const response = await ask(path);
    const said = await json(response);
    if (response.status === 401) throw new Unanswered("unenrolled");
    if (!response.ok || !said?.now) throw new Unanswered(whyNot(response, said));
    const took = Date.now() - asked;
    if (!this.#synchronised || took < PROMPT) this.#offset = Date.parse(said.now) - asked - took / 2;
    this.#synchronised = true;
    return said;
  }

  async #renewToken() {
    const response = await ask("/staff", { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const token = page.querySelector('meta[name="csrf-token"]')?.content;
    if (!response.ok || !token) throw new Unanswered("busy");
    this.#token = token;
  }
}

/** Return why there is no answer; what is not JSON of ours came from a proxy or the network's own sign-in page. */
function whyNot(response, said) {
  if (!said) return "offline";
  return response.status === 500 ? "fault" : "busy";
}

async function ask(path, options = {}) {
  try {
    return await fetch(path, { credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE), ...options });
  } catch {
    throw new Unanswered("offline");
  }
}

/** Return the body if it is JSON of our kind, else null. */
async function json(response) {
  if (!/^application\/(problem\+)?json/.test(response.headers.get("Content-Type") ?? "")) return null;
  try {
    return await response.clone().json();
  } catch {
    return null; // cut off on its way
  }
}
