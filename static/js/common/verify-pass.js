// Judges a visitor pass EPC1 at the door with the public key alone (docs/pass.md), as core/passes.py does: the same
// known answers hold for both (contract/pass_vectors.json).

import { hashes, verify } from "/vendor/noble-ed25519/index.js";
import { sha512 } from "/vendor/noble-hashes/sha2.js";

import { decode } from "./base45.js";
import { chainStep, fromBase64url, HEADER_BYTES } from "./chain.js";

hashes.sha512 = sha512;

const PREFIX = "EPC1";
const TEXT_LENGTH = PREFIX.length + 149;
const CODE_BYTES = HEADER_BYTES + 2 + 16 + 64;
const VERSION = 0x10; // high nibble: format 1; low nibble: flags
const VERIFIED = 0x01;
const DAY_SECONDS = 86_400;
const KST_MILLISECONDS = 9 * 3_600_000;
const CACHE_SIZE = 5_000; // passes whose chain was followed once; a day at a busy door
export const BEHIND = 2; // slots a code may be old
export const AHEAD = 1; // slots it may be early, for a phone whose clock runs ahead

/** Why a pass does not open the door; `code` as in docs/api.md, `reading` where the pass is authentic. */
export class Refusal extends Error {
  constructor(code, facts = {}) {
    super(code);
    this.code = code;
    Object.assign(this, facts);
  }
}

export class PassVerifier {
  #keys = new Map(); // kid → { check, notAfter }
  #known = new Map(); // header and signature → furthest verified { i, element }, oldest first

  /** Take the keys as GET /api/v1/keys lists them; what was verified with others is forgotten. */
  setKeys(listed) {
    this.#known.clear();
    this.#keys = new Map(
      listed.map(({ kid, alg, public: text, not_after: end }) => [
        kid,
        { check: checker(alg, fromBase64url(text)), notAfter: end === null ? Infinity : Date.parse(end) },
      ]),
    );
  }

  /** Say whether there are keys to verify with. */
  get ready() {
    return this.#keys.size > 0;
  }

  /** Return { pid, i, verified, slotStart } of a code whose slot is open at `at` (milliseconds); throws a Refusal. */
  async read(text, at) {
    const code = parse(text);
    const key = this.#keys.get(code.kid);
    if (!key) throw new Refusal("pass_key_unknown");
    await this.#verify(code, key);
    const reading = { pid: code.pid, i: code.i, verified: code.verified, slotStart: slotStart(code) };
    if (at >= key.notAfter) throw new Refusal("pass_key_unknown", { reading });
    const slot = code.slotSeconds * 1000;
    const late = at - reading.slotStart - slot;
    if (late >= slot * BEHIND) throw new Refusal("pass_expired", { reading, age: Math.floor(late / 1000) });
    if (at < reading.slotStart - slot * AHEAD) throw new Refusal("pass_from_future", { reading });
    return reading;
  }

  async #verify(code, key) {
    const identity = String.fromCharCode(...code.packed, ...code.sig);
    const known = this.#known.get(identity);
    if (known?.i === code.i) {
      if (!same(code.element, known.element)) throw new Refusal("pass_forged");
      return;
    }
    const stop = known && code.i > known.i ? known.i : 0;
    let element = code.element;
    for (let step = code.i; step > stop; step--) element = chainStep(step, element);
    if (stop) {
      if (!same(element, known.element)) throw new Refusal("pass_forged");
    } else {
      const message = new Uint8Array([0x45, 0x50, 0x43, 0x31, ...code.packed, ...element]);
      const holds = await key.check(message, code.sig);
      if (holds === null) throw new Refusal("pass_key_unknown");
      if (!holds) throw new Refusal("pass_forged");
    }
    this.#remember(identity, known && known.i > code.i ? known : { i: code.i, element: code.element });
  }

  #remember(identity, known) {
    this.#known.delete(identity);
    this.#known.set(identity, known);
    if (this.#known.size > CACHE_SIZE) this.#known.delete(this.#known.keys().next().value);
  }
}

function parse(text) {
  if (!text.startsWith(PREFIX) || text.length !== TEXT_LENGTH) throw new Refusal("pass_malformed");
  let data;
  try {
    data = decode(text.slice(PREFIX.length));
  } catch {
    throw new Refusal("pass_malformed"); // a character or group that base45 does not have
  }
  if (data.length !== CODE_BYTES) throw new Refusal("pass_malformed");
  const view = new DataView(data.buffer);
  const flags = view.getUint8(0);
  const code = {
    verified: Boolean(flags & VERIFIED),
    kid: view.getUint8(1),
    day: view.getUint16(2),
    pid: Array.from(data.subarray(4, 12), (byte) => byte.toString(16).padStart(2, "0")).join(""),
    firstSlot: view.getUint16(12),
    slotCount: view.getUint16(14),
    slotSeconds: view.getUint8(16),
    i: view.getUint16(HEADER_BYTES),
    packed: data.subarray(0, HEADER_BYTES),
    element: data.subarray(HEADER_BYTES + 2, HEADER_BYTES + 18),
    sig: data.subarray(HEADER_BYTES + 18),
  };
  const known = (flags & ~VERIFIED) === VERSION && code.slotSeconds >= 15 && code.slotSeconds <= 120;
  const insideDay = (code.firstSlot + code.slotCount - 1) * code.slotSeconds < DAY_SECONDS;
  if (!known || !insideDay || code.slotCount < 1 || code.i < 1 || code.i > code.slotCount) {
    throw new Refusal("pass_malformed");
  }
  return code;
}

function slotStart(code) {
  const second = (code.firstSlot + code.i - 1) * code.slotSeconds;
  return (code.day * DAY_SECONDS + second) * 1000 - KST_MILLISECONDS;
}

function same(one, other) {
  return one.every((byte, at) => byte === other[at]);
}

/** Return (message, signature) → true, false, or null where this browser cannot verify the algorithm. */
export function checker(alg, raw) {
  const subtle = globalThis.crypto?.subtle; // absent without HTTPS
  const [key, how] =
    alg === "Ed25519"
      ? [{ name: "Ed25519" }, { name: "Ed25519" }]
      : [{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }];
  let imported = null;
  return async (message, sig) => {
    try {
      imported ??= await subtle.importKey("raw", raw, key, false, ["verify"]);
      return await subtle.verify(how, imported, sig, message);
    } catch {
      // no WebCrypto, or one that does not know Ed25519: the library's strict (RFC 8032) check in its place
      return alg === "Ed25519" ? verify(sig, message, raw, { zip215: false }) : null;
    }
  };
}
