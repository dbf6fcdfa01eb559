// The visitor's own records: what is kept of the passes on this phone, deleting it, and who looked at a number.

import { koreanTime } from "../common/chain.js";
import { fill, pageData, post } from "../pass/api.js";
import { dropPass, readHolders } from "../pass/holders.js";
import { forgetPast, proofOf, readPast } from "../pass/past.js";
import { digits } from "../pass/store.js";

const DAY = 86_400_000;
const AT_ONCE = 60; // proofs in one request
const place = (id) => document.getElementById(id);
const { words, may_verify: mayVerify } = pageData();
const language = document.documentElement.lang;
const zone = { timeZone: "Asia/Seoul" };
const month = language === "en" ? "short" : "numeric";
const dayFormat = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { ...zone, year: "numeric", month, day: "numeric", weekday: "short" });
const timeFormat = new Intl.DateTimeFormat(language, { ...zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
let asked = []; // the passes that the dialog is about
let listed = [];

/** Return every pass on this phone that has begun, the newest day first. */
function ownPasses() {
  const today = koreanTime(Date.now()).day;
  const current = readHolders().holders.flatMap((one) => one.passes.map((pass) => ({ ...pass, label: one.label, holder: one.id })));
  const known = new Set(current.map((pass) => pass.pid));
  const all = [...current, ...readPast().filter((pass) => !known.has(pass.pid))];
  return all.filter((pass) => pass.day <= today).sort((a, b) => b.day - a.day);
}

function element(tag, text, facts = {}) {
  return Object.assign(document.createElement(tag), { textContent: text, ...facts });
}

function complain(sentence) {
  place("my-error").textContent = sentence;
  place("my-error").hidden = !sentence;
  if (sentence) place("my-error").focus();
}

const say = (sentence) => (place("my-said").textContent = sentence);

async function inParts(passes, ask) {
  const answers = [];
  for (let at = 0; at < passes.length; at += AT_ONCE) answers.push(await ask(passes.slice(at, at + AT_ONCE).map(proofOf)));
  return answers;
}

/** Ask what is kept and list it. */
async function listDays() {
  complain("");
  listed = ownPasses();
  place("my-none").hidden = listed.length > 0;
  place("my-own").hidden = listed.length === 0;
  if (!listed.length) return;
  place("my-days").setAttribute("aria-busy", "true");
  try {
    const answers = await inParts(listed, (proofs) => post("/api/v1/my/visits", { proofs }, words));
    const days = answers.flatMap((answer) => answer.days);
    place("my-days").replaceChildren(...listed.map((pass, at) => dayCard(pass, days[at])));
    const visits = days.reduce((sum, day) => sum + day.visits.length, 0);
    place("my-summary").textContent = fill(words.summary, { days: new Set(listed.map((pass) => pass.day)).size, visits });
  } catch (refusal) {
    complain(refusal.message);
  } finally {
    place("my-days").removeAttribute("aria-busy");
  }
}

function dayCard(pass, told) {
  const card = element("li", "", { className: "card my-day" });
  const title = element("h3", dayFormat.format(pass.day * DAY));
  if (pass.label) title.append(" ", element("span", pass.label, { className: "badge badge-info" }));
  card.append(title);
  if (told.destroyed) card.append(element("p", words.destroyed, { className: "muted" }));
  else if (!told.visits.length) card.append(element("p", words.no_visits, { className: "muted" }));
  else {
    const list = element("ul", "", { className: "list-plain my-visits" });
    list.append(...told.visits.map(visitRow));
    card.append(list);
  }
  if (told.destroyed) return card;
  const button = element("button", words.delete_day, { type: "button", className: "button" });
  button.setAttribute("aria-label", `${words.delete_day}: ${dayFormat.format(pass.day * DAY)} ${pass.label}`.trim());
  button.addEventListener("click", () => confirmDeleting([pass]));
  card.append(button);
  return card;
}

function visitRow(visit) {
  const row = element("li", "");
  const until = visit.left_at ? timeFormat.format(new Date(visit.left_at)) : words.left_unknown;
  const company = visit.party_size > 1 ? ` · ${fill(words.people, { n: visit.party_size })}` : "";
  row.append(element("b", visit.facility_name, { lang: "ko" }), element("span", `${timeFormat.format(new Date(visit.entered_at))} – ${until}${company}`, { className: "muted" }));
  if (visit.held) row.append(" ", element("span", words.held, { className: "badge badge-warning" }));
  return row;
}

function confirmDeleting(passes) {
  asked = passes;
  const today = koreanTime(Date.now()).day;
  place("my-dialog-what").textContent = passes.length === 1 ? dayFormat.format(passes[0].day * DAY) : fill(words.all_days, { n: passes.length });
  place("my-dialog-today").hidden = !passes.some((pass) => pass.day === today);
  place("my-dialog").showModal();
}

async function deleteAsked() {
  const today = koreanTime(Date.now()).day;
  try {
    const answers = await inParts(asked, (proofs) => post("/api/v1/my/deletions", { proofs }, words));
    const deleted = answers.reduce((sum, answer) => sum + answer.deleted, 0);
    for (const pass of asked) if (pass.day >= today) dropPass(pass.pid); // its contact is gone: it must open no door
    await listDays();
    say(deleted ? words.deleted : words.nothing_left);
    place("my-result").textContent = deleted ? words.deleted : words.nothing_left;
    place("my-result").hidden = false;
  } catch (refusal) {
    complain(refusal.message);
  }
}

// ---- who looked

let challenge = null;

function complainOf(sentence) {
  place("looks-error").textContent = sentence;
  place("looks-error").hidden = !sentence;
}

async function sendCode(event) {
  event.preventDefault();
  complainOf("");
  const phone = place("looks-phone").value;
  if (!phone.trim()) return complainOf(words.needs_phone);
  try {
    challenge = { id: (await post("/api/v1/verifications", { phone }, words)).verification_id, phone: digits(phone) };
    place("looks-code-form").hidden = false;
    place("looks-code").value = "";
    place("looks-code").focus();
  } catch (refusal) {
    complainOf(refusal.message);
  }
}

async function askLooks(event) {
  event.preventDefault();
  complainOf("");
  const code = place("looks-code").value.replace(/\D/g, "");
  if (code.length !== 6) return complainOf(words.needs_code);
  try {
    const { looks } = await post("/api/v1/my/looks", { verification_id: challenge.id, phone: challenge.phone, code }, words);
    place("looks-code-form").hidden = true;
    place("looks-list").replaceChildren(...together(looks).map(lookRow));
    place("looks-none").hidden = looks.length > 0;
    place("looks-found").hidden = looks.length === 0;
    say(looks.length ? fill(words.looks, { n: looks.length }) : words.no_looks);
  } catch (refusal) {
    complainOf(refusal.message);
  }
}

/** Return what was done alike on one day as one line with how often. */
function together(looks) {
  const lines = new Map();
  for (const look of looks) {
    const key = [look.day, look.action, look.purpose, look.role].join("|");
    lines.set(key, { ...look, times: (lines.get(key)?.times ?? 0) + 1 });
  }
  return [...lines.values()];
}

function lookRow(look) {
  const row = element("tr", "");
  row.setAttribute("role", "row"); // a phone shows rows as blocks, and they stay rows of a table
  const day = dayFormat.format(Date.parse(look.day));
  const times = look.times > 1 ? ` (${fill(words.times, { n: look.times })})` : "";
  const cells = [day, (words.actions[look.action] ?? look.action) + times, words.purposes[look.purpose] ?? "–", words.roles[look.role] ?? look.role];
  row.append(...cells.map((text) => element("td", text)));
  for (const cell of row.cells) cell.setAttribute("role", "cell");
  return row;
}

place("my-all").addEventListener("click", () => confirmDeleting(listed));
place("my-phone").addEventListener("click", () => {
  forgetPast();
  say(words.forgotten);
  listDays();
});
place("my-dialog").addEventListener("close", () => {
  if (place("my-dialog").returnValue === "delete") deleteAsked();
  place("my-dialog").returnValue = "";
});
if (mayVerify) {
  place("looks-form").addEventListener("submit", sendCode);
  place("looks-code-form").addEventListener("submit", askLooks);
}
listDays();
