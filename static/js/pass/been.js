// Where this phone was let in, kept on the phone alone and only where its owner asked for notices: a visit is
// { facility_id, name, entered_at, left_at (null: nobody saw it), holder, label, pid ("" for a poster's ticket) }.

import { erase, keep, read } from "./store.js";

export const KEPT_MS = 15 * 86_400_000; // a place is told for 14 days after its last contact

/** Return { of, asked }: the visits, and when the service was asked about which pass. */
export function readBeen() {
  const kept = read("visits");
  return kept?.v === 1 && Array.isArray(kept.of) ? { of: kept.of, asked: kept.asked ?? {} } : { of: [], asked: {} };
}

/** Keep the visits that are young enough, the newest first. */
export function keepBeen({ of, asked }, now) {
  const young = of.filter((visit) => now - Date.parse(visit.entered_at) < KEPT_MS);
  const lately = Object.fromEntries(Object.entries(asked).filter(([, at]) => now - at < 2 * KEPT_MS));
  if (!young.length && !Object.keys(lately).length) return erase("visits");
  young.sort((one, other) => Date.parse(other.entered_at) - Date.parse(one.entered_at));
  return keep("visits", { v: 1, of: young, asked: lately });
}

/** Return what tells a visit from any other on this phone. */
export function visitKey({ facility_id, entered_at, holder }) {
  return [facility_id, Date.parse(entered_at), holder ?? ""].join("|");
}

/** Keep what a poster's ticket says; said again it is the same visit. */
export function keepTicket(ticket, now) {
  const { of, asked } = readBeen();
  const visit = { holder: "", label: "", pid: "", ...ticket };
  keepBeen({ of: [visit, ...of.filter((one) => visitKey(one) !== visitKey(visit))], asked }, now);
}

/** Forget one visit on this phone; the pass it came by is not asked about again. */
export function forgetVisit(key, now) {
  const { of, asked } = readBeen();
  keepBeen({ of: of.filter((one) => visitKey(one) !== key), asked }, now);
}

/** Forget the visits of a holder. */
export function forgetBeenOf(holder, now = Date.now()) {
  const { of, asked } = readBeen();
  if (of.length) keepBeen({ of: of.filter((one) => one.holder !== holder), asked }, now);
}
