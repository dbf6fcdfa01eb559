// Speaks with the service for the checklist: the stops of the team, and notes that wait. A note counts as sent only when
// the service has said so of its id; anything else is sent again.

import { DoorClock } from "../door/clock.js";
import { Link, PROMPT } from "../door/link.js";
import { Unanswered } from "../door/service.js";

const PLAN = "/api/v1/field/plan";
const CHECKS = "/api/v1/field/checks";
const PATIENCE = 8_000; // ms for one answer
const BATCH_PATIENCE = 20_000;
const NOT_SIGNED_IN = new Set([401, 403]);

export class FieldService {
  #token = document.querySelector('meta[name="csrf-token"]').content; // empty in a page that was kept

  /** Whose notes are sent: the account that the service, or the plan on this phone, named last. */
  facilityId = null;

  constructor(store) {
    this.link = new Link();
    this.clock = new DoorClock(store);
  }

  /** Return the stops of the account's team; unless it is `attended` it keeps no sign-in alive. Throws Unanswered. */
  async plan(attended) {
    const headers = attended ? {} : { "X-Unattended": "1" };
    const { response, said, took } = await this.#fetch(PLAN, { headers }, PATIENCE);
    if (!response.ok || !said) throw this.#failed("busy");
    this.link.answered(Math.min(took, PROMPT)); // a slow answer is an answer: nobody waits at a door here
    this.clock.measured(Date.parse(said.now), took, took < PROMPT);
    return said;
  }

  /** Send records of the store in one request and return what became of each, in order; throws Unanswered. */
  async sync(records) {
    const present = this.clock.nowAsSeenBy(records[0].clock);
    const checks = records.map(({ item }) => item);
    const body = { account_id: records[0].facility, device_now: new Date(present).toISOString(), checks };
    if (!this.#token) await this.#renewToken();
    let came = await this.#post(body);
    if (came.response.status === 400 && came.said?.code === "csrf") {
      await this.#renewToken(); // somebody signed in or out on this phone
      came = await this.#post(body);
    }
    const { response, said } = came;
    if (response.ok && Array.isArray(said?.results)) {
      this.link.answered(0);
      return said.results;
    }
    if (response.status === 413) throw new Unanswered("large");
    throw this.#failed(response.status === 500 || response.status === 422 ? "fault" : "busy");
  }

  #post(body) {
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.#token };
    return this.#fetch(CHECKS, { method: "POST", headers, body: JSON.stringify(body) }, BATCH_PATIENCE);
  }

  async #fetch(path, options, patience) {
    const asked = performance.now();
    let response;
    try {
      response = await fetch(path, { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(patience), ...options });
    } catch {
      throw this.#failed("offline");
    }
    if (NOT_SIGNED_IN.has(response.status)) throw this.#failed("unenrolled");
    const said = await response.json().catch(() => null); // cut off, or a page of somebody else's network
    return { response, said, took: performance.now() - asked };
  }

  /** Fetch the page for its token; no navigation, so that the service worker does not answer with a kept one. */
  async #renewToken() {
    let text = "";
    try {
      const options = { headers: { Accept: "text/html" }, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(PATIENCE) };
      const response = await fetch("/field", options);
      if (response.type === "opaqueredirect") throw this.#failed("unenrolled"); // led to the sign-in page
      if (response.ok) text = await response.text();
    } catch (error) {
      throw error instanceof Unanswered ? error : this.#failed("offline");
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
