// X25519 (RFC 7748) for browsers whose WebCrypto does not know it, as a KEM for `hpke`: the curve is computed with
// @noble/ed25519, whose curve is the same one in other coordinates. Only keys made by X25519 itself are on that curve;
// half of all other 32 bytes are not, and are refused by throwing.

import { etc, Point } from "/vendor/noble-ed25519/index.js";
import { KEM_DHKEM_X25519_HKDF_SHA256, LabeledExpand, LabeledExtract } from "/vendor/hpke/index.js";

const PRIME = 2n ** 255n - 19n;
const { n: ORDER } = Point.CURVE();
const BYTES = 32;
const ALGORITHM = { name: "X25519" };
const utf8 = new TextEncoder();

function toNumber(bytes) {
  return BigInt(`0x${etc.bytesToHex(Uint8Array.from(bytes).reverse())}`);
}

function toBytes(number) {
  return etc.hexToBytes(number.toString(16).padStart(2 * BYTES, "0")).reverse();
}

/** Return the secret scalar of 32 random bytes: a multiple of eight, its highest bit set. */
function clamp(bytes) {
  const clamped = Uint8Array.from(bytes);
  clamped[0] &= 248;
  clamped[31] = (clamped[31] & 127) | 64;
  return toNumber(clamped);
}

/** Return the u coordinate of a point of the Edwards curve: (1 + y) / (1 - y). */
function uOf(point) {
  const { y } = point.toAffine();
  return toBytes(etc.mod((1n + y) * etc.invert(etc.mod(1n - y, PRIME), PRIME), PRIME));
}

/** Return the public key (32 bytes) of 32 random bytes. */
export function publicKey(secret) {
  return uOf(Point.BASE.multiply(clamp(secret) % ORDER));
}

/** Return the secret that both sides share (32 bytes); throws for a key that is not on the curve or of small order. */
export function shared(secret, theirs) {
  const u = toNumber(theirs) % 2n ** 255n;
  const y = etc.mod((u - 1n) * etc.invert(etc.mod(u + 1n, PRIME), PRIME), PRIME);
  const point = Point.fromBytes(toBytes(y), true).clearCofactor(); // the sign of x does not matter for u
  return uOf(point.multiply((clamp(secret) / 8n) % ORDER));
}

/** The same KEM as hpke's own, computed here instead of by WebCrypto; it can seal, not open. */
export function KEM_DHKEM_X25519_IN_SCRIPT() {
  const native = KEM_DHKEM_X25519_HKDF_SHA256();
  return {
    ...native,
    async DeserializePublicKey(bytes) {
      return { algorithm: ALGORITHM, type: "public", extractable: true, bytes: Uint8Array.from(bytes) };
    },
    async SerializePublicKey(key) {
      return key.bytes;
    },
    async Encap(theirs) {
      const secret = crypto.getRandomValues(new Uint8Array(BYTES));
      const enc = publicKey(secret);
      const dh = shared(secret, theirs.bytes);
      const context = new Uint8Array(2 * BYTES);
      context.set(enc);
      context.set(theirs.bytes, BYTES);
      const { kdf, suite_id: suite, Nsecret } = native;
      const prk = await LabeledExtract(kdf, suite, new Uint8Array(), utf8.encode("eae_prk"), dh);
      return { shared_secret: await LabeledExpand(kdf, suite, prk, utf8.encode("shared_secret"), context, Nsecret), enc };
    },
  };
}
