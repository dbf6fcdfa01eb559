// The visitor pass EPC1 on the phone (docs/pass.md): the hash chain, the header, the text of one code.
// Everything is synchronous, so that a code is ready in the slot it belongs to. The same known answers hold
// for Python and for this module (contract/pass_vectors.json).

import { sha256 } from "/vendor/noble-hashes/sha2.js";

import { encode } from "./base45.js";

export const ELEMENT_BYTES = 16;
export const HEADER_BYTES = 17;
const PREFIX = "EPC1";
const VERSION = 0x10; // high nibble: format 1; low nibble: flags
const VERIFIED = 0x01;
const DAY_SECONDS = 86_400;
const KST_SECONDS = 9 * 3600; // no daylight saving time in Korea

/** Return x_{i-1}: the first 16 bytes of SHA-256("EPC1" ‖ i ‖ x_i). */
export function chainStep(i, element) {
  const message = new Uint8Array(6 + ELEMENT_BYTES);
  message.set([0x45, 0x50, 0x43, 0x31, i >> 8, i & 0xff]);
  message.set(element, 6);
  return sha256(message).subarray(0, ELEMENT_BYTES);
}

/** Return x_0 … x_n in one array of (n + 1) · 16 bytes, from the last element; x_0 is the root. */
export function makeChain(last, count) {
  const elements = new Uint8Array((count + 1) * ELEMENT_BYTES);
  let element = last;
  elements.set(element, count * ELEMENT_BYTES);
  for (let i = count; i > 0; i--) {
    element = chainStep(i, element);
    elements.set(element, (i - 1) * ELEMENT_BYTES);
  }
  return elements;
}

/** Return x_i of a chain made by makeChain. */
export function elementOf(elements, i) {
  return elements.subarray(i * ELEMENT_BYTES, (i + 1) * ELEMENT_BYTES);
}

/** Return the 17 signed bytes: ver_type, kid, day, pid, first_slot, slot_count, slot_seconds. */
export function packHeader({ kid, day, pid, first_slot, slot_count, slot_seconds, verified }) {
  const packed = new Uint8Array(HEADER_BYTES);
  const view = new DataView(packed.buffer);
  view.setUint8(0, VERSION | (verified ? VERIFIED : 0));
  view.setUint8(1, kid);
  view.setUint16(2, day);
  packed.set(pid, 4);
  view.setUint16(12, first_slot);
  view.setUint16(14, slot_count);
  view.setUint8(16, slot_seconds);
  return packed;
}

/** Return the text of the QR code for index i: "EPC1" and 149 base45 characters, QR version 6-M. */
export function codeText(header, i, element, signature) {
  const code = new Uint8Array(HEADER_BYTES + 2 + ELEMENT_BYTES + 64);
  code.set(packHeader(header));
  new DataView(code.buffer).setUint16(HEADER_BYTES, i);
  code.set(element, HEADER_BYTES + 2);
  code.set(signature, HEADER_BYTES + 2 + ELEMENT_BYTES);
  return PREFIX + encode(code);
}

/** Return the Korean day number (days since 1970-01-01) and the seconds since its 00:00, of milliseconds. */
export function koreanTime(milliseconds) {
  const seconds = milliseconds / 1000 + KST_SECONDS;
  const day = Math.floor(seconds / DAY_SECONDS);
  return { day, second: seconds - day * DAY_SECONDS };
}

/** Return how many slots of this length begin inside a day. */
export function slotsOfDay(slotSeconds) {
  return Math.ceil(DAY_SECONDS / slotSeconds);
}

/** Return the bytes of a base64url text without padding. */
export function fromBase64url(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}

/** Return the bytes as base64url without padding. */
export function toBase64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
