// What the door says: one verdict for everything that can be read or answered. A verdict is { name, tone, word, line,
// note, people }: tone is its colour, symbol and sound, the word is read from two metres, the name finds what the visitor
// is told in another language.

import { TYPED_LENGTH } from "./typed.js";

const PASS = /^EPC\d/;
const CARD = /^EPK1[0-9A-Z]{16}$/;
const CODE = new RegExp(`^[0-9A-HJKMNP-TV-Z]{${TYPED_LENGTH}}$`);
const POSTER = /^https?:\/\/[^/]+\/E\/[0-9A-Z-]{16,}$/i;
const WEB = /^(https?:|www\.)/i;
const TONES = {
  facility_full: "refused",
  full: "warn",
  two_places: "warn",
  waiting: "wait",
  checking: "wait",
  kept: "kept",
  kept_party: "kept",
  kept_unchecked: "wait",
  mistyped: "other",
  undoing: "wait",
  undone: "other",
  undone_kept: "other",
  closed: "out",
  closed_kept: "kept",
  look_inside: "look",
  look_outside: "look",
  look_valid: "look",
  look_unknown: "other",
};
const SYMBOLS = { facility_full: "full", kept_unchecked: "kept", undoing: "undone", undone: "undone", undone_kept: "undone" };

/** Return what a scanned text is: "pass", "card", "typed", "poster", "web" or "other". */
export function kindOf(text) {
  if (PASS.test(text)) return "pass";
  if (CARD.test(text)) return "card";
  if (CODE.test(text)) return "typed";
  if (POSTER.test(text)) return "poster";
  return WEB.test(text) ? "web" : "other";
}

/** Return the sentence with its figures put in: fill("{people}명", { people: 3 }). */
export function fill(sentence, figures) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => figures[name] ?? whole);
}

export class Verdicts {
  /** `words` come from the page, in the language of staff. */
  constructor(words) {
    this.words = words;
  }

  #of(name, { tone = TONES[name] ?? "refused", note = "", people = 1, line } = {}) {
    const [word, usual] = this.words.verdicts[name] ?? this.words.verdicts.refused;
    const symbol = SYMBOLS[name] ?? tone;
    return { name, tone, symbol, word: fill(word, { people }), line: line ?? usual, note, people };
  }

  /** What stands there while nobody does. */
  ready(mode) {
    return this.#of(`ready_${mode}`, { tone: mode === "look" ? "look" : "ready" });
  }

  /** Of a code that is no pass: "poster", "web", "other". */
  foreign(kind) {
    return this.#of(kind, { tone: "other" });
  }

  /** Of one that says its own name, for example "mistyped", "undone", "closed_kept". */
  named(name, facts) {
    return this.#of(name, facts);
  }

  /** Of a pass that waits for the service; `valid` where this device has verified it. */
  waiting(valid, people) {
    return this.#of(valid ? "waiting" : "checking", { people });
  }

  /** Of a pass that this device keeps until the service can be reached. */
  kept(valid, party) {
    const several = party.party_size > 1;
    const note = this.#children(party);
    return this.#of(valid ? (several ? "kept_party" : "kept") : "kept_unchecked", { people: party.party_size, note });
  }

  /** Of a pass that this device or the service refused, by its code. */
  refused(code) {
    return this.#of(code);
  }

  /** Of a scan that could not even be kept here: "full" or anything else. */
  notKept(why) {
    return this.#of(why === "full" ? "not_kept" : "no_store");
  }

  /** Of what the service answered: { answer } or { problem }; `party` as it was sent. */
  answered({ answer, problem }, party) {
    if (problem) {
      const line = problem.code === "facility_full" && party.party_size > 1 ? this.words.full_party : undefined;
      if (line) return this.#of(problem.code, { line: fill(line, { people: party.party_size }) });
      if (this.words.verdicts[problem.code]) return this.refused(problem.code);
      return this.#of("not_recorded", { line: problem.detail });
    }
    if (answer.outcome !== "accepted") return this.refused(answer.outcome);
    const flags = new Set(answer.flags ?? []);
    const notes = [this.#children(party), ...[...flags].map((flag) => this.words.flags[flag])];
    const facts = { note: notes.filter(Boolean).join(" "), people: party.party_size };
    if (flags.has("two_places")) return this.#of("two_places", facts);
    if (flags.has("full") && !flags.has("override") && answer.direction === "in") return this.#of("full", facts);
    const name = party.party_size > 1 ? `party_${answer.direction}` : answer.direction;
    return this.#of(name, { ...facts, tone: answer.direction });
  }

  /** Of what the service said to a look, which logs nothing. */
  looked({ answer, problem }) {
    if (problem || !answer.valid) return { ...this.refused((problem ?? answer).code ?? answer.outcome), note: this.words.not_logged };
    const note = answer.verified ? "" : this.words.flags.unverified;
    return this.#of(answer.inside ? "look_inside" : "look_outside", { note });
  }

  /** Of a look that the service did not answer: what this device knows by itself. */
  lookedHere({ reading, refusal }) {
    if (refusal) return { ...this.refused(refusal), note: this.words.not_logged };
    return this.#of(reading ? "look_valid" : "look_unknown");
  }

  /** The same verdict again: the pass was read and recorded a moment ago. */
  again(verdict) {
    return { ...verdict, name: "again", sound: "other", note: this.words.again };
  }

  /** Bad news about somebody read before whoever stands there now. */
  ofTheOneBefore(verdict) {
    return { ...verdict, note: this.words.previous };
  }

  #children({ children = 0 }) {
    return children ? fill(this.words.children, { children }) : "";
  }
}
