// What stays on the phone, and only there: who has passes here (see pass/holders.js), the certificates of numbers, and,
// where the visitor asked for it, contacts. Where a browser keeps nothing, this page keeps it meanwhile.

const NAMES = { pass: "entry.pass", certificate: "entry.certificate", contact: "entry.contact", past: "entry.past", visits: "entry.visits", notices: "entry.notices" };
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

/** Return the remembered contacts, by holder; one that an older page kept is the phone's owner's. */
export function readContacts() {
  const kept = read("contact");
  if (kept?.v === 2) return kept.of ?? {};
  return typeof kept?.name === "string" ? { own: kept } : {};
}

/** Remember a holder's contact, or forget it (null). */
export function keepContact(id, contact) {
  const { [id]: _, ...others } = readContacts();
  if (contact) keep("contact", { v: 2, of: { ...others, [id]: contact } });
  else if (Object.keys(others).length) keep("contact", { v: 2, of: others });
  else erase("contact");
}

/** Return the remembered contact of the phone's owner, for a poster's form. */
export function ownContact() {
  return readContacts().own ?? null;
}

/** Return the certificates by number; one that an older page kept is among them. */
function certificates() {
  const kept = read("certificate");
  if (kept?.v === 2) return kept.of ?? {};
  return typeof kept?.phone === "string" ? { [kept.phone]: kept } : {};
}

/** Return the certificate of the number, if one is kept and runs for another minute at least. */
export function readCertificate(phone, milliseconds) {
  const kept = certificates()[digits(phone)];
  return kept && Date.parse(kept.ends_at) > milliseconds + 60_000 ? kept : null;
}

/** Keep a certificate of a number. */
export function keepCertificate(phone, { certificate, ends_at }) {
  keep("certificate", { v: 2, of: { ...certificates(), [digits(phone)]: { certificate, ends_at } } });
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
