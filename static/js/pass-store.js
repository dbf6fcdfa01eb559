// What stays on the phone, and only there: the passes (seed, header, signature, masked name), the certificate of the
// number, and, if the visitor asked for it, the contact. Where a browser keeps nothing, this page keeps it meanwhile.

const NAMES = { pass: "entry.pass", certificate: "entry.certificate", contact: "entry.contact" };
const meanwhile = new Map();

function storage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null; // the browser forbids it: keep() says so to the caller
  }
}

/** Return what is kept under the name, or null; something unreadable is removed. */
export function read(name) {
  const text = meanwhile.get(name) ?? storage()?.getItem(NAMES[name]) ?? null;
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    erase(name);
    return null;
  }
}

/** Keep the value; return whether it will still be there after the page is closed. */
export function keep(name, value) {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(NAMES[name], text);
    meanwhile.delete(name);
    return true;
  } catch {
    meanwhile.set(name, text); // full, or forbidden
    return false;
  }
}

/** Remove the named things, or everything. */
export function erase(...names) {
  for (const name of names.length ? names : Object.keys(NAMES)) {
    storage()?.removeItem(NAMES[name]);
    meanwhile.delete(name);
  }
}

/** Call back when another window of this browser changed the passes. */
export function onOtherWindow(changed) {
  addEventListener("storage", (event) => {
    if (event.key === NAMES.pass || event.key === null) changed();
  });
}

/** Return the kept passes, or null where there are none of this form. */
export function readPasses() {
  const kept = read("pass");
  const right =
    kept?.v === 1 &&
    Array.isArray(kept.passes) &&
    kept.passes.every((one) => [one.pid, one.seed, one.sig].every((part) => typeof part === "string"));
  return right ? kept : null;
}

/** Return the certificate of the number (digits), if one is kept and runs for another minute at least. */
export function readCertificate(phone, milliseconds) {
  const kept = read("certificate");
  if (!kept || kept.phone !== digits(phone)) return null;
  return Date.parse(kept.ends_at) > milliseconds + 60_000 ? kept : null;
}

/** Return the digits of a number as it is typed in Korea: 01012345678. */
export function digits(phone) {
  return phone.normalize("NFKC").replace(/\D/g, "").replace(/^(00)?82(0)?/, "0");
}

/** Return the name with its inner characters hidden: 홍*동. */
export function maskName(name) {
  const letters = Array.from(name.trim());
  if (letters.length <= 2) return letters.map((letter, at) => (at ? "*" : letter)).join("");
  return letters.map((letter, at) => (at === 0 || at === letters.length - 1 ? letter : "*")).join("");
}
