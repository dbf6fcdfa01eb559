// The phone asks where its own passes were read. A door reads the pass, the phone learns nothing of it; with the end of
// the chain it proves whose the pass was (as /my does) and is told. It asks about every pass alike, whatever the
// published list says, one pass a question: no question ties one day to another, and none says who was told what.

import { koreanTime } from "../common/chain.js";
import { post } from "./api.js";
import { keepBeen, readBeen } from "./been.js";
import { readHolders } from "./holders.js";
import { isStill, readNotices } from "./notices.js";
import { proofOf, readPast } from "./past.js";

const DAYS = 14;
const HOUR = 3_600_000;
const SETTLED = 2; // days after which nothing more of a day comes in: a door that was offline has sent what it had

function ownPasses(today) {
  const current = readHolders().holders.flatMap((one) => one.passes.map((pass) => ({ ...pass, holder: one.id, label: one.label })));
  const known = new Set(current.map((pass) => pass.pid));
  return [...current, ...readPast().filter((pass) => !known.has(pass.pid))].filter((pass) => pass.day <= today && pass.day > today - DAYS - 1);
}

/** Say whether the pass is to be asked about: its day may still bring something, or it was never asked. */
function isDue(pass, askedAt, now) {
  if (askedAt === undefined) return true;
  if (koreanTime(askedAt).day > pass.day + SETTLED) return false;
  return now - askedAt >= HOUR;
}

/** Return the last moment at which the pass's day may still bring something. */
function lastDue(pass) {
  return (pass.day + SETTLED + 1) * 24 * HOUR - 9 * HOUR - 1;
}

/** Ask about every pass that is due; return whether all were answered. Keeps nothing once notices were turned off. */
export async function askVisits(now, words) {
  const today = koreanTime(now).day;
  const begun = readNotices();
  for (const pass of ownPasses(today)) {
    if (!isStill(begun)) return false;
    if (!isDue(pass, readBeen().asked[pass.pid], now)) continue;
    let day = null;
    try {
      [day] = (await post("/api/v1/my/visits", { proofs: [proofOf(pass)] }, words)).days;
    } catch (refusal) {
      if (refusal.code !== "proof_refused") return false; // no network, or too many at once: later
    }
    if (!isStill(begun)) return false;
    const { of, asked } = readBeen();
    if (!day) { // refused: what was told before stays
      keepBeen({ of, asked: { ...asked, [pass.pid]: now } }, now);
      continue;
    }
    const held = day.visits.some((visit) => visit.held); // doubted: no notice until somebody decided, so ask again
    const visits = day.visits.filter((visit) => !visit.held).map(({ facility_id, facility_name, entered_at, left_at }) => ({
      facility_id,
      name: facility_name,
      entered_at,
      left_at,
      holder: pass.holder,
      label: pass.label,
      pid: pass.pid,
    }));
    const at = held ? Math.min(now, lastDue(pass)) : now;
    keepBeen({ of: [...visits, ...of.filter((one) => one.pid !== pass.pid)], asked: { ...asked, [pass.pid]: at } }, now);
  }
  return true;
}
