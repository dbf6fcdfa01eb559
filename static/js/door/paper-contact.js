// Reads phone numbers and personal safety codes however they are typed, by the rules of core/contacts.py: a slip that
// is sealed on this device is read by nobody before the day it is needed.

const SEPARATORS = /[\s\-\u2010-\u2015\u2212.()·/]/gu;
const MOBILE = /^(?:\+?82|0082)?0?(1[016789][0-9]{7,8})$/u;
const SAFETY_CODE = /^(?=(?:[^0-9]*[0-9]){4}[^0-9]*$)[0-9가-힣]{6}$/u;
export const LONGEST_RESIDENCE = 30;

const plain = (text) => text.normalize("NFKC").replace(SEPARATORS, "");

/** Return a Korean mobile number as +8210…, or null. */
export function readPhone(text) {
  const found = MOBILE.exec(plain(text))?.[1];
  return found && (!found.startsWith("10") || found.length === 10) ? `+82${found}` : null;
}

/** Return a personal safety code, four digits and two syllables in any order, or null. */
export function readSafetyCode(text) {
  const code = plain(text);
  return SAFETY_CODE.test(code) ? code : null;
}

/** Return the city or district without superfluous spaces, or null where it is too long. */
export function readResidence(text) {
  const residence = text.normalize("NFC").replace(/\p{C}/gu, "").split(/\s+/u).filter(Boolean).join(" ");
  return [...residence].length <= LONGEST_RESIDENCE ? residence : null;
}

/** Return the digits typed so far as 010-1234-5678; anything else is left as it is. */
export function spelled(text) {
  if (!/^[0-9\- ]*$/u.test(text)) return text;
  const digits = text.replace(/[^0-9]/gu, "").slice(0, 11);
  const last = digits.length === 10 && !digits.startsWith("010") ? 6 : 7;
  return [digits.slice(0, 3), digits.slice(3, last), digits.slice(last)].filter(Boolean).join("-");
}

/** Return the number of the next slip: the last digits count up and keep their width; "" where there are none. */
export function nextNumber(number) {
  const [, before, digits] = /^(.*?)([0-9]+)$/u.exec(number) ?? [];
  return digits ? before + String(BigInt(digits) + 1n).padStart(digits.length, "0") : "";
}
