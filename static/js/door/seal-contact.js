// Seals a contact to the vault's public key of a day (HPKE, RFC 9180), so that a slip typed without a network can wait
// on this device: what is kept here opens nothing. vault/sealing.py opens exactly this record.

import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from "/vendor/hpke/index.js";

import { fromBase64url, toBase64url } from "../common/chain.js";
import { KEM_DHKEM_X25519_IN_SCRIPT } from "./x25519.js";

const PADDED = 368; // bytes of JSON and spaces: the size of a record says nothing
const PID_BYTES = 8;
const KST_MILLISECONDS = 9 * 3_600_000;
const utf8 = new TextEncoder();

/** Return the Korean calendar day of a moment (milliseconds), as 2020-08-25. */
export function dayOf(at) {
  return new Date(at + KST_MILLISECONDS).toISOString().slice(0, 10);
}

/** Return { day, pid, sealed } of a contact { phone, safety_code, residence }, or null where it cannot be sealed:
 * no key of that day is at hand ([{ day, public }] of GET /api/v1/day-keys), or this browser has no WebCrypto. */
export async function sealContact(dayKeys, contact, at) {
  const day = dayOf(at);
  const key = dayKeys?.find((one) => one.day === day);
  if (!key || !globalThis.crypto?.subtle) return null;
  const pid = crypto.getRandomValues(new Uint8Array(PID_BYTES));
  const prefix = utf8.encode(`vault|v1|${day}|`);
  const info = new Uint8Array(prefix.length + PID_BYTES);
  info.set(prefix);
  info.set(pid, prefix.length);
  const plain = pad(utf8.encode(JSON.stringify({ name: "", ...contact, verified: false })));
  for (const kem of [KEM_DHKEM_X25519_HKDF_SHA256, KEM_DHKEM_X25519_IN_SCRIPT]) {
    try {
      const sealed = await seal(kem, fromBase64url(key.public), plain, info);
      return { day, pid: toBase64url(pid), sealed: toBase64url(sealed) };
    } catch {
      // this way is missing here: WebCrypto without X25519, or without AES and HKDF
    }
  }
  return null;
}

async function seal(kem, publicKey, plain, info) {
  const suite = new CipherSuite(kem, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
  const key = await suite.DeserializePublicKey(publicKey);
  const { encapsulatedSecret, ciphertext } = await suite.Seal(key, plain, { info });
  const sealed = new Uint8Array(encapsulatedSecret.length + ciphertext.length);
  sealed.set(encapsulatedSecret);
  sealed.set(ciphertext, encapsulatedSecret.length);
  return sealed;
}

function pad(json) {
  if (json.length > PADDED) throw new RangeError("contact too long");
  const padded = new Uint8Array(PADDED).fill(0x20);
  padded.set(json);
  return padded;
}
