// Seals what waits in the queue of the door with a key that scripts can use and nobody can read: who copies the disk of
// a lost device learns no pass. Where the browser has no WebCrypto (an address without HTTPS) nothing is sealed.

const AES = "AES-GCM";
const subtle = globalThis.crypto?.subtle;

/** Return a new key that cannot be exported, or null where this browser has none. */
export async function newKey() {
  if (!subtle) return null;
  return subtle.generateKey({ name: AES, length: 256 }, false, ["encrypt", "decrypt"]);
}

function how(iv, id) {
  return { name: AES, iv, additionalData: new TextEncoder().encode(id) };
}

/** Return what is kept of an item: { iv, sealed }, or { plain } without a key. */
export async function seal(key, id, item) {
  if (!key) return { plain: item };
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, sealed: await subtle.encrypt(how(iv, id), key, new TextEncoder().encode(JSON.stringify(item))) };
}

/** Return the item of a record again, or null where its key is gone. */
export async function unseal(key, { id, iv, sealed, plain }) {
  if (plain) return plain;
  try {
    return JSON.parse(new TextDecoder().decode(await subtle.decrypt(how(iv, id), key, sealed)));
  } catch {
    return null;
  }
}
