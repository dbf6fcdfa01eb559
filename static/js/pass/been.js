// Where this phone was let in, kept on the phone alone and only where its owner asked for notices: a visit is
// { facility_id, name, entered_at, left_at (null: nobody saw it), holder, label, pid ("" for a poster's ticket) }.

import { erase, keep, read } from "./store.js";

export const KEPT_MS = 15 * 86_400_000; // a place is told for 14 days after its last contact

/**
 * Return { of, asked, forgotten }: the visits, when the service was asked about which pass, and when the owner forgot
 * which visit (by its key): the service tells it again, and it must not come back.
 */
export function readBeen() {
  const kept = read("visits");
  const right = kept?.v === 1 && Array.isArray(kept.of);
  return right ? { of: kept.of, asked: kept.asked ?? {}, forgotten: kept.forgotten ?? {} } : { of: [], asked: {}, forgotten: {} };
}

/** Keep the visits that are young enough and not forgotten, the newest first. */
export function keepBeen({ of, asked, forgotten = readBeen().forgotten }, now) {
  const gone = Object.fromEntries(Object.entries(forgotten).filter(([, at]) => now - at < KEPT_MS));
  const young = of.filter((visit) => now - Date.parse(visit.entered_at) < KEPT_MS && !Object.hasOwn(gone, visitKey(visit)));
  const lately = Object.fromEntries(Object.entries(asked).filter(([, at]) => now - at < 2 * KEPT_MS));
  if (![young, Object.keys(lately), Object.keys(gone)].some((kept) => kept.length)) return erase("visits");
  young.sort((one, other) => Date.parse(other.entered_at) - Date.parse(one.entered_at));
  return keep("visits", { v: 1, of: young, asked: lately, forgotten: gone });
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

/** Forget one visit on this phone, whoever tells it again. */
export function forgetVisit(key, now) {
  const { of, asked, forgotten } = readBeen();
  keepBeen({ of, asked, forgotten: { ...forgotten, [key]: now } }, now);
}

/** Forget the visits of a holder, also which of them were forgotten before. */
export function forgetBeenOf(holder, now = Date.now()) {
  const { of, asked, forgotten } = readBeen();
  const others = Object.fromEntries(Object.entries(forgotten).filter(([key]) => !key.endsWith(`|${holder}`)));
  if (read("visits")) keepBeen({ of: of.filter((one) => one.holder !== holder), asked, forgotten: others }, now);
}
