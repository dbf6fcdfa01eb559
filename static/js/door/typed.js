// The ten characters a visitor reads out when the camera fails, however they are typed: lower case, with or without the
// dash, full width, look-alikes, or with the Korean input method on. As core/short_codes.py reads them.

import { latinFromHangul } from "./hangul.js";

export const TYPED_LENGTH = 10;
const ALPHABET = /^[0-9A-HJKMNP-TV-Z]*$/; // Crockford's base32: no I, L, O, U
const LOOK_ALIKES = { I: "1", L: "1", O: "0", U: "V" };
const WIDE = 0xfee0; // between a full-width character and its own
const IGNORED = /[\s\u3000‐‑‒–—−.·-]/g;

/** Return what was typed or pasted into a field as codes are written: upper case, the keys behind Hangul letters. */
export function typedText(text) {
  const narrow = text.replace(/[！-～]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - WIDE));
  return latinFromHangul(narrow.trim());
}

/** Return the characters of a short code, at most ten of them so far, or null where it cannot become one. */
export function shortCode(text) {
  const plain = typedText(text).replace(IGNORED, "").replace(/[ILOU]/g, (letter) => LOOK_ALIKES[letter]);
  return plain.length <= TYPED_LENGTH && ALPHABET.test(plain) ? plain : null;
}

/** Return what was typed as it is handed on: the ten characters of a short code, or the text of any other code. */
export function typedCode(text) {
  const short = shortCode(text);
  return short?.length === TYPED_LENGTH ? short : typedText(text);
}

/** Return a short code as it stands on the visitor's screen, XXXXX-XXXXX. */
export function shown(code) {
  return code.length > 5 ? `${code.slice(0, 5)}-${code.slice(5)}` : code;
}
