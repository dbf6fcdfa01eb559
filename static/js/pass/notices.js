// Notices: the phone fetches the published list, which is the same for everybody, and matches by itself. What it finds
// stays here: nothing that is asked of the service depends on it. Off until the owner turns it on.

import { checker } from "../common/verify-pass.js";
import { fromBase64url, toBase64url } from "../common/chain.js";
import { keepBeen, readBeen, visitKey } from "./been.js";
import { match } from "./matching.js";
import { erase, keep, read } from "./store.js";

const LIST = "/api/v1/notices";
const PREFIX = "EPN1";
const DAY = 86_400_000;
const HOUR = 3_600_000;
export const LOOK_AGAIN = HOUR; // how old a list may be before an open page asks for a newer one
export const OLD = 2; // days from which a list says nothing of what was published since
const NOTHING_YET = { list: null, etag: "", checked_at: 0, refused: "" };

/**
 * Return what is kept: { on, generation, key, list, etag, checked_at, refused, told, over }; `on` false where nothing was
 * asked for, `generation` another whenever notices are turned on or believe another key.
 */
export function readNotices() {
  const kept = read("notices");
  return kept?.v === 1 ? kept : { v: 1, on: false };
}

/** Turn notices on; the key that the page brings is the one that is believed from now on. */
export function turnOn(key) {
  keep("notices", { v: 1, on: true, generation: newGeneration(), key, ...NOTHING_YET, told: [], over: [] });
}

/** Turn notices off and forget all that they kept. */
export function turnOff() {
  erase("notices", "visits");
}

/** Believe the key that the page brings in place of the one before; the list is fetched anew. */
export function believe(key) {
  keep("notices", { ...readNotices(), generation: newGeneration(), key, ...NOTHING_YET });
}

/** Say whether notices are on as they were: a question that was running when they were turned off keeps nothing. */
export function isStill({ on, generation }) {
  const kept = readNotices();
  return on && kept.on && kept.generation === generation;
}

function newGeneration() {
  return toBase64url(crypto.getRandomValues(new Uint8Array(9)));
}

/**
 * Fetch the list and match. Returns "new", "same", "offline", "untrusted" or "older"; what was kept stays then. Returns "off"
 * where notices are off, or were turned off meanwhile: nothing is kept.
 */
export async function refresh(now) {
  const known = readNotices();
  if (!known.on) return "off";
  let response;
  try {
    response = await fetch(LIST, { cache: "no-store", headers: known.etag ? { "If-None-Match": known.etag } : {} });
  } catch {
    return "offline";
  }
  const answer = response.ok ? await response.json().catch(() => null) : null;
  const list = (await isSigned(answer, known.key)) ? JSON.parse(answer.body) : null;
  if (!isStill(known)) return "off"; // asked only now that nothing is waited for any more
  const kept = readNotices();
  if (response.status === 304) return keepMatched({ ...kept, checked_at: now, refused: "" }, now, "same");
  if (!response.ok) return "offline";
  const refused = list?.v !== 1 ? "untrusted" : isOlder(list, kept.list, now) ? "older" : "";
  if (refused) return keepMatched({ ...kept, refused }, now, refused);
  return keepMatched({ ...kept, list, etag: response.headers.get("ETag") ?? "", checked_at: now, refused }, now, "new");
}

/** Match again what is kept: a visit may have come, a day may be over; visits that are too old go. */
export function rematch(now) {
  const known = readNotices();
  if (!known.on) return;
  keepBeen(readBeen(), now);
  keepMatched(known, now, "same");
}

function keepMatched(state, now, result) {
  if (state.list) keep("notices", settled(state, readBeen().of, now));
  else keep("notices", state);
  return result;
}

/**
 * Return the state with its notices brought up to date. A notice whose place and window the list no longer holds, though
 * its time is not over, moves to `over`: it was withdrawn, and the page says so. One that goes for another reason (the
 * phone learnt that its owner had left before) just goes. While the service has stopped all notices what was told
 * stays as it is and is not shown.
 */
export function settled(state, visits, now) {
  const young = (one) => Date.parse(one.until) > now;
  if (state.list.stopped_at) return { ...state, told: state.told.filter(young), over: state.over.filter(young) };
  const told = match(visits, state.list, now).map(({ visit, place, grade, assumed }) => ({
    key: visitKey(visit),
    name: place.name,
    label: visit.label,
    entered_at: visit.entered_at,
    left_at: visit.left_at,
    start: place.start,
    end: place.end,
    by_date: place.by_date,
    until: place.until,
    grade,
    assumed,
  }));
  const keys = new Set(told.map((one) => one.key));
  const here = new Set(visits.map(visitKey));
  const isWithdrawn = (one) => !keys.has(one.key) && here.has(one.key) && !holds(state.list, one);
  const withdrawn = state.told.filter(isWithdrawn).map((one) => ({ ...one, over_at: now }));
  const before = state.over.filter((one) => !keys.has(one.key) && here.has(one.key));
  return { ...state, told, over: [...withdrawn, ...before].filter(young) };
}

/** Say whether the list still holds the place and the whole window of a notice. */
function holds(list, { key, start, end, by_date }) {
  const facility = key.split("|")[0];
  const of = (row) => row.facility_id === facility && row.by_date === by_date;
  return list.places.some((row) => of(row) && Date.parse(row.start) <= Date.parse(start) && Date.parse(row.end) >= Date.parse(end));
}

/** Say whether the list was signed with the key that this phone believes. */
async function isSigned(answer, key) {
  if (!key || answer?.kid !== key.kid || typeof answer.body !== "string" || typeof answer.signature !== "string") return false;
  try {
    const check = checker(key.alg, fromBase64url(key.public));
    return (await check(new TextEncoder().encode(PREFIX + answer.body), fromBase64url(answer.signature))) === true;
  } catch {
    return false; // not base64url
  }
}

/** Say whether the list was made before the one that is kept: an old copy must bring nothing back. */
function isOlder(list, kept, now) {
  if (!kept || Date.parse(kept.issued_at) > now + HOUR) return false; // the service's clock was wrong then
  return list.issued_at < kept.issued_at || (list.issued_at === kept.issued_at && list.changed_at < kept.changed_at);
}

/**
 * Return how the notices stand: "off", "none yet", "stopped", "high", "low", "unusable", "stale" or "clear". Without a notice
 * a list that is old, or followed by one that could not be used, does not say that there is none.
 */
export function standing(now, state = readNotices()) {
  if (!state.on) return "off";
  if (!state.list) return state.refused ? "unusable" : "none yet";
  if (state.list.stopped_at) return "stopped";
  if (state.told.some((one) => one.grade === "high")) return "high";
  if (state.told.length) return "low";
  if (state.refused) return "unusable";
  return daysOld(state, now) >= OLD ? "stale" : "clear";
}

/** Return how many whole days old the list is, by when it was made. */
export function daysOld(state, now) {
  return Math.floor((now - Date.parse(state.list.issued_at)) / DAY);
}
