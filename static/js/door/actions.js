// What staff do beside scanning: undo, let in beyond the limit with the manager's PIN, everyone out. Undo and everyone
// out go through the queue as scans do; a PIN is only ever asked of the service itself.

import { askPin, confirm } from "./dialogs.js";
import { newId } from "../common/new-id.js";
import { fill } from "./verdict.js";

const find = (id) => document.getElementById(id);

export class Actions {
  #before = new Map(); // scan_id that is being undone → { at, verdict } before

  /** `parts`: page, service, queue, verdicts, results, door, inside, clockText. */
  constructor(parts) {
    Object.assign(this, parts);
    find("everyone-out")?.addEventListener("click", () => this.everyoneOut());
    find("override")?.addEventListener("click", (event) => this.approve(event.currentTarget.dataset.scan));
  }

  /** Offer the manager's way with the verdict that a place is full, and with no other. */
  offer(scanId, verdict) {
    const button = find("override");
    if (!button) return;
    const focused = button === document.activeElement;
    button.hidden = verdict.name !== "facility_full" || !this.door.itemOf(scanId);
    if (focused && button.hidden) find("verdict").focus(); // not to the top of the page
    button.dataset.scan = scanId ?? "";
  }

  /** Undo a scan of this device. */
  async undo(scanId) {
    const at = this.results.at(scanId);
    this.#before.set(scanId, { at, verdict: this.results.verdictOf(scanId) });
    this.door.undone(scanId);
    this.results.set(scanId, at, this.verdicts.named("undoing"));
    const kept = await this.#add({ kind: "undo", scan_id: scanId, undone_at: this.#present() });
    if (!kept) this.#restore(scanId);
  }

  /** Ask how many, then empty the facility or the device's zone. */
  async everyoneOut() {
    const { people, at } = this.inside;
    const words = this.page.words;
    const known = this.inside.fresh ? words.leave_everyone : words.leave_everyone_then;
    const sentence = people === null ? words.leave_everyone_unknown : known;
    find("closing-text").textContent = fill(sentence, { people, time: at && this.clockText(at) });
    if (!(await confirm(find("closing-dialog")))) return;
    await this.#add({ kind: "closing", closing_id: newId(), zone: this.page.zone, closed_at: this.#present() });
  }

  /** Let somebody in beyond the limit: the manager types the PIN, the log keeps that it was so. */
  async approve(scanId) {
    const before = this.door.itemOf(scanId);
    if (!before) return;
    const { kind: _, ...scan } = { ...before, scan_id: newId(), direction: "in", admit: "override" };
    let result = null;
    const check = async (pin) => {
      result = await this.#ask("/api/v1/scans", { ...scan, pin });
      return this.wrongPin(result);
    };
    if (!(await askPin(this.page.words.approve_title, check))) return;
    const refused = this.results.verdictOf(scanId);
    if (result.answer && refused) this.results.set(scanId, this.results.at(scanId), refused); // not a second time
    this.door.enter({ kind: "scan", ...scan }, result);
  }

  /** Return what is wrong with a PIN by what the service answered, or null where nothing is. */
  wrongPin(result) {
    const words = this.page.words.pin;
    if (result === null) return words.offline;
    if (result.problem?.code !== "wrong_pin") return null;
    return this.page.has_pin ? (result.problem.detail ?? words.wrong_pin) : words.unset;
  }

  /** Return null where the PIN is right, else what is wrong. */
  async checkPin(pin) {
    const result = await this.#ask("/api/v1/pin", { pin });
    return this.wrongPin(result) ?? result.problem?.detail ?? null;
  }

  /** Take the answer to an undo or a closing. */
  answered(item, result) {
    const { problem } = result;
    if (item.kind === "closing") {
      this.door.say(problem ? this.verdicts.answered(result, {}) : this.verdicts.named("closed"));
      this.inside.ask();
      return;
    }
    if (result.answer?.occupancy !== undefined) this.inside.show(result.answer);
    else this.inside.ask();
    if (!problem) return this.#isUndone(item.scan_id, "undone");
    this.#restore(item.scan_id);
    return this.door.say(this.verdicts.named("undo_late", { line: problem.detail }));
  }

  /** An undo or a closing is kept on this device and its answer is not to be waited for. */
  late(item) {
    if (item.kind === "closing") this.door.say(this.verdicts.named("closed_kept"));
    else this.#isUndone(item.scan_id, "undone_kept");
  }

  #isUndone(scanId, name) {
    const known = this.#before.get(scanId);
    if (!known) return; // of an earlier page or another tab
    if (name === "undone") this.#before.delete(scanId);
    const verdict = this.verdicts.named(name);
    this.results.set(scanId, known.at, verdict);
    if (!known.said) this.door.say(verdict);
    known.said = true;
  }

  #restore(scanId) {
    const known = this.#before.get(scanId);
    this.#before.delete(scanId);
    this.door.notUndone(scanId);
    if (known?.verdict) this.results.set(scanId, known.at, known.verdict);
  }

  async #add(item) {
    try {
      await this.queue.add(item);
      return true;
    } catch (error) {
      if (!error.why) throw error;
      this.door.say(this.verdicts.notKept(error.why));
      return false;
    }
  }

  /** Return { answer } or { problem }, or null where the service could not be reached. */
  async #ask(path, body) {
    try {
      return await this.service.ask(path, body);
    } catch (error) {
      if (!error.why) throw error;
      return null;
    }
  }

  #present() {
    return new Date(this.service.now()).toISOString();
  }
}
