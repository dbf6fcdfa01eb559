// The phone asks where its own passes were read. A door reads the pass, the phone learns nothing of it; with the end of
// the chain it proves whose the pass was (as /my does) and is told. It asks about every pass alike, whatever the
// published list says, one pass a question: no question ties one day to another, and none says who was told what. Many
// questions in a row from one address would: so the page asks by itself about a part of them now and the others later.

import { koreanTime } from "../common/chain.js";
import { post } from "./api.js";
import { keepBeen, readBeen } from "./been.js";
import { readHolders } from "./holders.js";
import { isStill, readNotices } from "./notices.js";
import { proofOf, readPast } from "./past.js";

const DAYS = 14;
const HOUR = 3_600_000;
const PART = 4; // a page that was only opened asks about one in so many of the passes that are due,
const LEAST = 3; // and about so many at least: it may be the only time today that it is opened
const PAUSE = { from: 120_000, more: 180_000 }; // milliseconds until it asks about more: longer than a connection is kept
const askedHere = new Map(); // pid → when this page asked
let waiting = 0;
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

/** Return the moment at which the Korean day ends. */
function endOf(day) {
  return (day + 1) * 24 * HOUR - 9 * HOUR;
}

/** Return the last moment at which the pass's day may still bring something. */
function lastDue(pass) {
  return endOf(pass.day + SETTLED) - 1;
}

/**
 * Return what is due. First the passes of ended days that were not asked about since, the newest day first: all that they
 * brought may be heard at once. Then what was asked longest ago; today's count as asked when the day began, since a pass
 * that is opened at a door brings nothing yet. Equals by chance.
 */
function duePasses(now) {
  const { asked } = readBeen();
  const today = koreanTime(now).day;
  const rank = (pass) => {
    const at = asked[pass.pid] ?? 0;
    const unheard = pass.day < today && at < endOf(pass.day);
    return [unheard ? 0 : Math.max(at, endOf(pass.day - 1)), -pass.day, Math.random()];
  };
  return ownPasses(koreanTime(now).day)
    .filter((pass) => isDue(pass, asked[pass.pid], now) && now - (askedHere.get(pass.pid) ?? -HOUR) >= HOUR)
    .map((pass) => ({ pass, by: rank(pass) }))
    .sort((one, other) => one.by[0] - other.by[0] || one.by[1] - other.by[1] || one.by[2] - other.by[2])
    .map(({ pass }) => pass);
}

/** Say whether questions went out so lately, by a clock that may be set right since, that more would be one row with them. */
function isOneRow(now) {
  return Object.values(readBeen().asked).some((at) => Math.abs(now - at) < PAUSE.from);
}

/** Ask about what is left after some minutes, and go on so while the page is open; `after` is called with each answer. */
export function askLater(now, words, after) {
  clearTimeout(waiting);
  const pause = PAUSE.from + Math.random() * PAUSE.more;
  waiting = setTimeout(async () => {
    const left = await askVisits(now(), words);
    after(left);
    if (left === "visits_rest") askLater(now, words, after);
  }, pause);
}

/**
 * Ask about passes that are due: a part of them, or all where somebody wants to know now. A part waits where another went
 * out within two minutes, on this page or one before. Returns "" where nothing is left, "visits_rest" where some are,
 * "visits_later" where no answer came. Keeps nothing once notices were turned off.
 */
export async function askVisits(now, words, { all = false } = {}) {
  const begun = readNotices();
  const due = duePasses(now);
  if (due.length && !all && isOneRow(now)) return "visits_rest";
  const asking = all ? due : due.slice(0, Math.max(LEAST, Math.ceil(due.length / PART)));
  for (const pass of asking) {
    if (!isStill(begun)) return "visits_later";
    let day = null;
    try {
      [day] = (await post("/api/v1/my/visits", { proofs: [proofOf(pass)] }, words)).days;
    } catch (refusal) {
      if (refusal.code !== "proof_refused") return "visits_later"; // no network, or too many at once
    }
    if (!isStill(begun)) return "visits_later";
    askedHere.set(pass.pid, now);
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
  return asking.length < due.length ? "visits_rest" : "";
}
