// Getting passes: the phone draws a seed for each day, hashes it down to the root, and has the root signed.

import { ELEMENT_BYTES, elementOf, koreanTime, makeChain, slotsOfDay, toBase64url } from "./chain.js";
import { post } from "./pass-api.js";
import { maskName } from "./pass-store.js";

const DAY = 86_400_000;
const EARLY = 2; // slots before the present that the pass still covers, for a clock that is set right later

function newDay(day, second, slotSeconds) {
  const first = Math.max(Math.floor(second / slotSeconds) - EARLY, 0);
  const count = slotsOfDay(slotSeconds) - first;
  const seed = crypto.getRandomValues(new Uint8Array(ELEMENT_BYTES));
  const root = elementOf(makeChain(seed, count), 0);
  const wanted = {
    day: new Date(day * DAY).toISOString().slice(0, 10),
    root: toBase64url(root),
    first_slot: first,
    slot_count: count,
    slot_seconds: slotSeconds,
  };
  return { wanted, seed: toBase64url(seed) };
}

/** Return new passes to keep, for today and tomorrow (or only for the days named, 0 and 1); throws a Refusal. */
export async function getPasses(contact, { certificate, slotSeconds, milliseconds, words, days = [0, 1] }) {
  const { day, second } = koreanTime(milliseconds);
  const made = days.map((later) => newDay(day + later, later ? 0 : second, slotSeconds));
  const { name, phone, safety_code } = contact;
  const body = { name, days: made.map((one) => one.wanted) };
  if (phone) body.phone = phone;
  if (safety_code) body.safety_code = safety_code;
  if (certificate) body.certificate = certificate;
  const answer = await post("/api/v1/passes", body, words);
  const passes = answer.passes.map((signed, at) => ({ ...signed, day: Date.parse(signed.day) / DAY, seed: made[at].seed }));
  return { v: 1, name: maskName(name), issued_at: answer.issued_at, passes };
}
