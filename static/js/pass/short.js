// The typed code of a pass, XXXXX-XXXXX: said to staff whose camera fails (docs/pass.md). The same known answers hold for
// Python and for this module. HMAC is written out here: crypto.subtle is absent without HTTPS, and waits.

import { sha256 } from "/vendor/noble-hashes/sha2.js";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // Crockford's base32: no I, L, O, U
const BLOCK = 64; // bytes SHA-256 works on at once
const LABEL = new TextEncoder().encode("EPC1 short code|");

/** Return HMAC-SHA256 of the message under a key of at most 64 bytes. */
export function hmacSha256(key, message) {
  const padded = (with_) => {
    const block = new Uint8Array(BLOCK).fill(with_);
    key.forEach((byte, at) => (block[at] = byte ^ with_));
    return block;
  };
  const joined = (head, tail) => {
    const whole = new Uint8Array(head.length + tail.length);
    whole.set(head);
    whole.set(tail, head.length);
    return whole;
  };
  return sha256(joined(padded(0x5c), sha256(joined(padded(0x36), message))));
}

/** Return the five characters of one slot, counted from 00:00 KST of the pass's day: the first 25 bits of the HMAC. */
export function checkLetters(key, slot) {
  const message = new Uint8Array(LABEL.length + 2);
  message.set(LABEL);
  message.set([slot >> 8, slot & 0xff], LABEL.length);
  const bits = new DataView(hmacSha256(key, message).buffer).getUint32(0) >>> 7;
  return [20, 15, 10, 5, 0].map((shift) => ALPHABET[(bits >> shift) & 31]).join("");
}

/** Return the code of one slot of a pass as the phone shows it. */
export function shortCode(handle, key, slot) {
  return `${handle}-${checkLetters(key, slot)}`;
}
