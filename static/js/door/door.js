// What happens with a code that was read, from wherever: judged on this device, kept, sent, answered, shown. The camera
// never waits for the last verdict: each scan has an entry of its own, and the screen shows the newest.

import { newId } from "../common/new-id.js";
import { kindOf } from "./verdict.js";

const SHOW_WAIT = 250; // ms without an answer before the screen says so
const FRESH = 30_000; // ms; what is answered later is for the list alone
const KEPT = 200; // results remembered for a second reading
const NOBODY_WITH = { party_size: 1, children: 0 };

export class Door {
  #known = new Map(); // scan_id → { item, at, order, verdict, reading, answered }
  #undone = new Set(); // scan_ids whose answer is of no interest any more
  #current = null; // the entry of whoever was read last
  #told = null; // the entry of the verdict on the screen
  #order = 0;

  /**
   * `parts`: service, queue, keys, recent, verdicts, screen, results, look, party, direction(), gate;
   * `heard(verdict)` lets a verdict be heard; `onAnswer(answer)` gets what the service says of who is inside.
   */
  constructor(parts) {
    Object.assign(this, parts);
  }

  /** Show a verdict and let it be heard; the same one of the same scan makes no second sound. */
  say(verdict, entry = null) {
    const shown = this.screen.shown;
    const change = entry === null || this.#told !== entry || shown?.name !== verdict.name;
    this.#told = entry;
    this.#current = entry;
    this.screen.show(verdict, { anew: change });
    if (verdict.name === "facility_full" && this.results.onApprove) this.screen.hold();
    if (change) this.heard(verdict);
    this.onShown(entry?.item.scan_id ?? null, verdict);
  }

  /** Take in what was read; a code that has not left the camera's sight is taken once. `typed` by a hand is answered. */
  async take(text, { typed = false } = {}) {
    const at = this.service.now();
    if (this.recent.seen(text, Date.now())) {
      if (typed) this.#againOf([...this.#known.values()].findLast((entry) => entry.item.text === text));
      return;
    }
    const kind = kindOf(text);
    if (kind === "other" && typed) return this.say(this.verdicts.named("mistyped"));
    if (!["pass", "card", "typed"].includes(kind)) return this.say(this.verdicts.foreign(kind)); // nobody's business
    const { reading, refusal } = kind === "pass" ? await this.keys.judge(text, at) : {};
    if (reading && this.recent.seenPass(text, reading.pid, Date.now())) return;
    if (this.look.on) return this.#lookUp(text, at, { reading, refusal });
    const auto = reading && this.direction() === "auto";
    const earlier = auto && this.#known.get(this.recent.sentJustNow(reading.pid, Date.now()));
    if (earlier && earlier.verdict.tone !== "refused") return this.#againOf(earlier);
    if (this.queue.full) return this.say(this.verdicts.notKept("full"));
    return this.#send(text, at, reading, refusal);
  }

  /** Return the item of a scan that is remembered, or undefined. */
  itemOf(scanId) {
    return this.#known.get(scanId)?.item;
  }

  /** Take an answer for an item that was sent past the queue; it is news now, however long ago the pass was read. */
  enter(item, result) {
    const entry = { item, at: this.service.now(), order: ++this.#order, verdict: null };
    this.#remember(entry);
    this.#current = entry;
    this.answered(item, result);
  }

  /** Forget that a scan was made: the pass may be read again at once. */
  undone(scanId) {
    this.#undone.add(scanId);
    this.#known.delete(scanId);
    this.recent.undone(scanId);
  }

  /** It was made after all: undoing it was refused. */
  notUndone(scanId) {
    this.#undone.delete(scanId);
  }

  #againOf(entry) {
    if (!entry) return;
    const certain = entry.answered && !["refused", "other"].includes(entry.verdict.tone);
    this.say(certain ? this.verdicts.again(entry.verdict) : entry.verdict, entry);
  }

  async #send(text, at, reading, refusal) {
    const party = refusal ? NOBODY_WITH : this.party.take();
    const base = { scan_id: newId(), text, scanned_at: new Date(at).toISOString() };
    const scan = { kind: "scan", ...base, direction: this.direction(), gate: this.gate, ...party };
    // Whom this device turned away while it stood alone is not let in afterwards by a service that judges otherwise.
    const item = refusal && this.queue.state.offline ? { kind: "refusal", ...base, code: refusal } : scan;
    const verdict = refusal ? this.verdicts.refused(refusal) : this.verdicts.waiting(Boolean(reading), party.party_size);
    const entry = { item, at, order: ++this.#order, verdict, reading, refusal };
    this.#remember(entry);
    if (reading) this.recent.sent(reading.pid, base.scan_id, Date.now());
    if (refusal) this.#show(entry, verdict);
    else {
      this.#current = entry;
      setTimeout(() => !entry.answered && !entry.late && this.#show(entry, verdict), SHOW_WAIT);
    }
    try {
      await this.queue.add(item);
    } catch (error) {
      if (!error.why) throw error;
      entry.answered = true;
      this.undone(base.scan_id);
      this.#show(entry, this.verdicts.notKept(error.why));
    }
  }

  /** The item is on this device's disk and its answer is not to be waited for: the device's own verdict holds. */
  late(item) {
    const entry = this.#known.get(item.scan_id);
    if (!entry || entry.answered || entry.refusal) return;
    entry.late = true;
    this.#show(entry, this.verdicts.kept(Boolean(entry.reading), item));
  }

  /** Show what became of a scan: on the screen if nobody newer stands there, in the list always. */
  answered(item, result) {
    const entry = this.#known.get(item.scan_id);
    const at = entry?.at ?? Date.parse(item.scanned_at);
    const verdict = this.verdicts.answered(result, { ...NOBODY_WITH, ...item });
    const approvable = verdict.name === "facility_full" && Boolean(entry);
    if (!this.#undone.has(item.scan_id)) this.results.set(item.scan_id, at, verdict, { approvable });
    if (result.answer) this.onAnswer(result.answer);
    if (result.problem?.code === "pass_key_unknown") this.keys.load();
    if (!entry) return;
    Object.assign(entry, { verdict, answered: true });
    if (this.service.now() - at > FRESH) return;
    const newer = this.#current !== null && this.#current.order > entry.order;
    if (!newer && verdict.tone === "refused" && !approvable) this.party.restore(item); // they try again together
    if (!newer) this.say(verdict, entry);
    else if (["refused", "warn"].includes(verdict.tone)) this.say(this.verdicts.ofTheOneBefore(verdict), entry);
  }

  #show(entry, verdict) {
    entry.verdict = verdict;
    this.results.set(entry.item.scan_id, entry.at, verdict);
    if (this.#current === null || this.#current.order <= entry.order) this.say(verdict, entry);
  }

  #remember(entry) {
    this.#known.set(entry.item.scan_id, entry);
    for (const id of this.#known.keys()) {
      if (this.#known.size <= KEPT) break;
      this.#known.delete(id);
    }
  }

  /** Ask about a pass and log nothing. */
  async #lookUp(text, at, here) {
    const body = { text, scanned_at: new Date(at).toISOString() };
    let verdict;
    try {
      verdict = this.verdicts.looked(await this.service.ask("/api/v1/looks", body));
    } catch (error) {
      if (!error.why) throw error;
      verdict = this.verdicts.lookedHere(here);
    }
    this.say(verdict);
  }
}
