// Base45 (RFC 9285), strictly both ways: bytes as the 45 characters of a QR code's alphanumeric mode.

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** Return the base45 text of a Uint8Array: three characters for two bytes, two for a last single one. */
export function encode(bytes) {
  let text = "";
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const number = bytes[at] * 256 + bytes[at + 1];
    text += ALPHABET[number % 45] + ALPHABET[Math.floor(number / 45) % 45] + ALPHABET[Math.floor(number / 2025)];
  }
  if (bytes.length % 2) {
    const last = bytes[bytes.length - 1];
    text += ALPHABET[last % 45] + ALPHABET[Math.floor(last / 45)];
  }
  return text;
}

/** Return the bytes of a base45 text; throws a RangeError for a foreign character, length, or too large a group. */
export function decode(text) {
  if (text.length % 3 === 1) throw new RangeError("length");
  const values = Array.from(text, (character) => ALPHABET.indexOf(character));
  if (values.includes(-1)) throw new RangeError("alphabet");
  const bytes = new Uint8Array(Math.floor(values.length / 3) * 2 + (values.length % 3 ? 1 : 0));
  let to = 0;
  for (let at = 0; at + 2 < values.length; at += 3) {
    const number = values[at] + 45 * values[at + 1] + 2025 * values[at + 2];
    if (number > 0xffff) throw new RangeError("group");
    bytes[to++] = number >> 8;
    bytes[to++] = number & 0xff;
  }
  if (values.length % 3) {
    const number = values[values.length - 2] + 45 * values[values.length - 1];
    if (number > 0xff) throw new RangeError("group");
    bytes[to] = number;
  }
  return bytes;
}
