// Getting passes: the phone draws a seed for each day, hashes it down to the root, and has the root signed. While it is
// online it does so by itself for whoever asked to be remembered.

import { ELEMENT_BYTES, elementOf, koreanTime, makeChain, slotsOfDay, toBase64url } from "../common/chain.js";
import { post } from "./api.js";
import { keepPasses, readHolders } from "./holders.js";
import { readCertificate, readContacts } from "./store.js";

const DAY = 86_400_000;
const MONTH = 30 * DAY; // after this a remembered consent is asked for again
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

/** Return { issued_at, passes } for today and tomorrow, or only for the days named (0 and 1); throws a Refusal. */
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
  return { issued_at: answer.issued_at, passes };
}

/** Return those whose contact is remembered and who lack a pass of today or tomorrow, with the days they lack. */
export function wanting(milliseconds) {
  const today = koreanTime(milliseconds).day;
  const contacts = readContacts();
  return readHolders()
    .holders.map((holder) => ({
      holder,
      contact: contacts[holder.id],
      days: [0, 1].filter((later) => !holder.passes.some((one) => one.day === today + later)),
    }))
    .filter(({ contact, days }) => contact && days.length && milliseconds - contact.consented_at < MONTH);
}

/** Fetch what is wanting, holder by holder; return how many were renewed and the first refusal, if any. */
export async function renewAll({ now, words, slotSeconds }) {
  const done = { renewed: [], refusal: null };
  for (const { holder, contact, days } of wanting(now())) {
    const options = {
      certificate: contact.phone ? readCertificate(contact.phone, now())?.certificate : null,
      slotSeconds: holder.slot_seconds ?? holder.passes[0]?.slot_seconds ?? slotSeconds,
      milliseconds: now(),
      words,
      days,
    };
    try {
      const { passes } = await getPasses(contact, options);
      const known = readHolders().holders.find((one) => one.id === holder.id);
      if (!known) continue; // removed meanwhile
      const today = koreanTime(now()).day;
      keepPasses(holder.id, [...known.passes.filter((one) => one.day >= today), ...passes]);
      done.renewed.push(holder.id);
    } catch (refusal) {
      done.refusal ??= refusal;
    }
  }
  return done;
}
