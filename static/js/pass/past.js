// Passes whose day is over, kept on the phone for four weeks: with them it can ask what is kept of that day, and have
// its contact deleted (/my). The end of a chain proves whose the pass was; no door has seen it.

import { codeText, fromBase64url, koreanTime } from "../common/chain.js";
import { erase, keep, read } from "./store.js";

const KEPT_DAYS = 28;
const MOST = 400; // a family of seven, two passes a day

/** Return the passes of earlier days, and replaced ones, the newest first: { pid, day, seed, sig, …, holder, label }. */
export function readPast() {
  const kept = read("past");
  return kept?.v === 1 && Array.isArray(kept.of) ? kept.of : [];
}

function write(passes) {
  if (passes.length) keep("past", { v: 1, of: passes });
  else erase("past");
}

/** Keep what is in `before` and no longer in `after`; what is older than four weeks goes. Both are lists of holders. */
export function keepPast(before, after, today = koreanTime(Date.now()).day) {
  const here = new Set(after.flatMap((holder) => holder.passes.map((pass) => pass.pid)));
  const gone = before.flatMap((holder) =>
    holder.passes.filter((pass) => !here.has(pass.pid)).map((pass) => ({ ...proofParts(pass), holder: holder.id, label: holder.label })),
  );
  const known = readPast();
  if (!gone.length && !known.length) return;
  const all = new Map([...gone, ...known].map((pass) => [pass.pid, pass]));
  const young = [...all.values()].filter((pass) => pass.day > today - KEPT_DAYS && pass.day <= today + 1);
  write(young.sort((a, b) => b.day - a.day).slice(0, MOST));
}

/** Forget the past passes of a holder. */
export function forgetPastOf(id) {
  write(readPast().filter((pass) => pass.holder !== id));
}

/** Forget everything of the past. */
export function forgetPast() {
  erase("past");
}

function proofParts({ kid, day, pid, first_slot, slot_count, slot_seconds, verified, sig, seed }) {
  return { kid, day, pid, first_slot, slot_count, slot_seconds, verified, sig, seed };
}

/** Return the last code of the pass's day: the proof that this phone made it. */
export function proofOf(pass) {
  const { pid, seed, sig } = pass;
  return codeText({ ...pass, pid: fromBase64url(pid) }, pass.slot_count, fromBase64url(seed), fromBase64url(sig));
}
