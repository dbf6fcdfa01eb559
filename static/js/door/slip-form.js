// The form of a paper slip (templates/staff/slip.html): typed by staff, sealed on this device, kept by the queue. It
// shows nothing of earlier slips but the next number, and forgets contact and party as soon as a slip is kept.

import { nextNumber, readPhone, readResidence, readSafetyCode, spelled } from "./paper-contact.js";
import { dayOf, sealContact } from "./seal-contact.js";

const NUMBER = "slip-number"; // the last number typed, kept on this device
const MINUTE = 60_000;
const MOST_PEOPLE = 20; // of one slip
const clock = new Intl.DateTimeFormat("ko-KR", {
  timeZone: "Asia/Seoul",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/**
 * Make the form below `root` work. `queue` keeps what is typed; `facility` has the `residence` that is proposed;
 * `now()` is the present of the service (milliseconds); `dayKeys` is, or returns, [{ day, public }]; `onSaved` gets
 * { number, at, direction, item }; `post(item)` sends a slip that cannot be sealed, while there is a network.
 * Returns { focus, reset }.
 */
export function mountSlipForm(root, { queue, facility, now, dayKeys, onSaved = () => {}, post }) {
  const form = root.querySelector("#slip-form");
  const words = JSON.parse(root.querySelector("#slip-words").textContent);
  const fields = form.elements;
  const send = post ?? ((item) => queue.service.post(item));
  let timeTyped = false;
  let saving = false;
  let unsure = null; // { what, scan_id, scanned_at } of a slip that may have arrived although nobody said so

  const say = (text, tone = "success") => {
    const place = form.querySelector("#slip-status");
    place.textContent = text;
    place.dataset.tone = tone;
  };
  const leaving = () => fields.direction.value === "out";

  function follow() {
    form.querySelector("#slip-contact").hidden = leaving();
    form.querySelector("#slip-contact").disabled = leaving();
    form.querySelector("#slip-out").hidden = !leaving();
  }

  function showTime() {
    if (!timeTyped) fields.time.value = clock.format(now());
  }

  /** Empty what belongs to one visitor; number and time go on. */
  function reset(number) {
    for (const name of ["phone", "safety_code"]) fields[name].value = "";
    fields.residence.value = facility?.residence ?? fields.residence.defaultValue;
    fields.party_size.value = "1";
    fields.children.value = "0";
    fields.number.value = number;
    timeTyped = false;
    showTime();
    mark({});
    follow();
  }

  /** Mark the wrong fields, { name: sentence } in the order of the form, and lead to the first; {} unmarks all. */
  function mark(wrong) {
    for (const place of form.querySelectorAll(".error")) {
      const name = place.id.replace(/^slip-|-error$/gu, "");
      place.textContent = wrong[name] ?? "";
      place.hidden = !wrong[name];
      fields[name].setAttribute("aria-invalid", String(Boolean(wrong[name])));
    }
    fields[Object.keys(wrong)[0]]?.focus();
  }

  /** Return the slip as typed, or null after the wrong fields were marked. */
  function read() {
    const wrong = {};
    const at = timeTyped ? Date.parse(`${dayOf(now())}T${fields.time.value}:00+09:00`) : now();
    const number = fields.number.value.trim();
    const party = Number(fields.party_size.value);
    const children = Number(fields.children.value || 0);
    if (!/^[0-9A-Za-z][0-9A-Za-z-]{0,7}$/u.test(number)) wrong.number = words.number;
    if (Number.isNaN(at)) wrong.time = words.time;
    else if (at > now() + MINUTE) wrong.time = words.later;
    const contact = leaving() ? null : readContact(wrong);
    if (!Number.isInteger(party) || party < 1 || party > MOST_PEOPLE) wrong.party_size = words.party_size;
    else if (!Number.isInteger(children) || children < 0 || children >= party) wrong.children = words.children;
    mark(wrong);
    return Object.keys(wrong).length ? null : { number, at, party, children, contact };
  }

  function readContact(wrong) {
    const residence = readResidence(fields.residence.value);
    if (residence === null) wrong.residence = words.longest;
    if (fields.kind.value === "safety_code") {
      const safety_code = readSafetyCode(fields.safety_code.value);
      if (!safety_code) wrong.safety_code = words.safety_code;
      return { safety_code, residence };
    }
    const phone = readPhone(fields.phone.value);
    if (!phone) wrong.phone = words.phone;
    if (residence === "") wrong.residence = words.residence;
    return { phone, residence };
  }

  async function keys() {
    try {
      const held = typeof dayKeys === "function" ? await dayKeys() : dayKeys;
      return held?.days ?? held;
    } catch {
      return null; // no network and none kept
    }
  }

  async function save() {
    say("");
    const typed = read();
    if (!typed) return;
    const { number, at, contact } = typed;
    const facts = { number, direction: fields.direction.value, party_size: typed.party, children: typed.children };
    const what = JSON.stringify([facts, contact, timeTyped && at]);
    if (unsure?.what !== what) unsure = { what, scan_id: newId(), scanned_at: new Date(at).toISOString() };
    const item = { kind: "slip", scan_id: unsure.scan_id, scanned_at: unsure.scanned_at, ...facts };
    const sealed = contact && (await sealContact(await keys(), contact, at));
    if (contact && !sealed && !(await sendNow({ ...item, contact }))) return;
    if (!contact || sealed) {
      try {
        await queue.add({ ...item, ...sealed });
      } catch (error) {
        say(words.not_kept, "danger");
        if (!error.why) throw error;
        return;
      }
    }
    unsure = null;
    remember(number);
    reset(nextNumber(number));
    say(words.saved.replace("{number}", number).replace("{time}", clock.format(at)));
    (fields.number.value && !leaving() ? firstOf(fields.kind.value) : fields.number).focus();
    onSaved({ number, at, direction: item.direction, item: { ...item, ...sealed } });
  }

  const firstOf = (kind) => fields[kind === "safety_code" ? "safety_code" : "phone"];

  /** Send a contact in the clear and return whether it is recorded: nothing of it is kept on this device. */
  async function sendNow(item) {
    try {
      const { problem } = await send(item);
      if (!problem) return true;
      const field = problem.field?.replace(/^contact\./u, "");
      const known = form.querySelector(`#slip-${CSS.escape(field ?? "")}-error`);
      if (known) mark({ [field]: problem.detail });
      else say(problem.detail, "danger");
      return false;
    } catch (error) {
      say(words.not_sealed, "danger");
      if (!error.why) throw error;
      return false;
    }
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (saving) return; // one slip at a time
    saving = true;
    try {
      await save();
    } finally {
      saving = false;
    }
  });
  form.addEventListener("change", ({ target }) => {
    if (target.name === "direction") follow();
  });
  fields.time.addEventListener("input", () => (timeTyped = true));
  fields.phone.addEventListener("input", ({ target }) => {
    if (target.selectionStart === target.value.length) target.value = spelled(target.value);
  });
  form.addEventListener("input", ({ target }) => {
    if (target.getAttribute("aria-invalid") !== "true") return; // whoever is mending it need not read on what was wrong
    target.setAttribute("aria-invalid", "false");
    form.querySelector(`#slip-${CSS.escape(target.name)}-error`).hidden = true;
  });
  reset(nextNumber(remembered()));
  const ticking = setInterval(() => (form.isConnected ? showTime() : clearInterval(ticking)), MINUTE / 4);
  return { focus: () => fields.number.focus(), reset: () => reset(nextNumber(remembered())) };
}

function remember(number) {
  try {
    localStorage.setItem(NUMBER, number);
  } catch {
    // a browser that keeps nothing: the number is typed
  }
}

function remembered() {
  try {
    return localStorage.getItem(NUMBER) ?? "";
  } catch {
    return "";
  }
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
