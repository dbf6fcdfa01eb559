// Who has a pass on this phone: its owner, children, parents. A holder is { id, label, name (masked), child, passes }; the
// label is what the user calls them and never leaves the phone. The owner's id is "own".

import { toBase64url } from "../common/chain.js";
import { slotAt } from "./show.js";
import { forgetBeenOf } from "./been.js";
import { forgetPastOf, keepPast } from "./past.js";
import { erase, keep, keepContact, read, readContacts } from "./store.js";

export const OWN = "own";

/** Return { shown, holders }: everybody with passes here. What an older page kept, one pass, is the owner's. */
export function readHolders() {
  const kept = read("pass");
  if (kept?.v === 1 && hasPasses(kept)) {
    return { shown: OWN, holders: [{ id: OWN, label: "", name: kept.name, child: false, passes: kept.passes }] };
  }
  const right = kept?.v === 2 && Array.isArray(kept.holders) && kept.holders.every((one) => typeof one.id === "string" && hasPasses(one));
  return right ? { shown: kept.shown, holders: kept.holders } : { shown: OWN, holders: [] };
}

function hasPasses({ passes }) {
  const texts = ({ pid, seed, sig }) => [pid, seed, sig].every((part) => typeof part === "string");
  return Array.isArray(passes) && passes.every(texts);
}

function write({ shown, holders }) {
  keepPast(readHolders().holders, holders);
  if (holders.length) return keep("pass", { v: 2, shown, holders });
  erase("pass");
  return true;
}

/** Return the holder with this id, or null. */
export function holderOf(id) {
  return readHolders().holders.find((one) => one.id === id) ?? null;
}

/** Return the id of a new holder: the first on a phone is its owner. */
export function newId() {
  if (!readHolders().holders.length) return OWN;
  return toBase64url(crypto.getRandomValues(new Uint8Array(6)));
}

/** Keep a holder and show them; return whether this will outlive the page. */
export function keepHolder(holder) {
  const { holders } = readHolders();
  const known = holders.some((one) => one.id === holder.id);
  const all = known ? holders.map((one) => (one.id === holder.id ? holder : one)) : [...holders, holder];
  return write({ shown: holder.id, holders: all });
}

/** Change a holder's passes, and nothing else. */
export function keepPasses(id, passes) {
  const { shown, holders } = readHolders();
  return write({ shown, holders: holders.map((one) => (one.id === id ? { ...one, passes } : one)) });
}

/** Remember who is shown. */
export function showHolder(id) {
  write({ ...readHolders(), shown: id });
}

/** Remove a holder's passes and contact from the phone. */
export function removeHolder(id) {
  const { shown, holders } = readHolders();
  write({ shown: shown === id ? OWN : shown, holders: holders.filter((one) => one.id !== id) });
  keepContact(id, null);
  forgetPastOf(id);
  forgetBeenOf(id);
}

/** Drop one pass, so that another takes its place. */
export function dropPass(pid) {
  const { shown, holders } = readHolders();
  write({ shown, holders: holders.map((one) => ({ ...one, passes: one.passes.filter((pass) => pass.pid !== pid) })) });
}

/** Remove passes whose days are over; holders without any stay only where their contact can bring new ones. */
export function forgetOver(day) {
  const { shown, holders } = readHolders();
  const contacts = readContacts();
  const left = holders.map((one) => ({ ...one, passes: one.passes.filter((pass) => pass.day >= day) }));
  const good = left.filter((one) => one.passes.length || contacts[one.id]);
  write({ shown, holders: good });
  return holders.length > 0 && left.every((one) => !one.passes.length);
}

/** Return those who have a pass for this moment, and who of them is shown. */
export function present(milliseconds) {
  const { shown, holders } = readHolders();
  const good = holders.filter((one) => slotAt(one.passes, milliseconds));
  return { holders: good, holder: good.find((one) => one.id === shown) ?? good[0] ?? null };
}
