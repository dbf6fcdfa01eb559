// The pass page: a form for a new pass, or the ones this phone keeps, shown until their day is over.

import { clearProblems, fillContact, firstMissing, readContact, setUpContact, showProblem } from "../common/contact-form.js";
import { koreanTime } from "../common/chain.js";
import { fill, pageData } from "./api.js";
import { makeClock, skewSentence } from "./clock.js";
import { getPasses, renewAll, wanting } from "./form.js";
import { setUpFull } from "./full.js";
import { forgetOver, holderOf, keepHolder, newId, present, readHolders, removeHolder, showHolder } from "./holders.js";
import { setUpInstall } from "./install.js";
import { calledBy, listPeople, setUpSeries } from "./people.js";
import { show, slotAt, typedCodeOf } from "./show.js";
import { setUpSpeech } from "./speak.js";
import { erase, keepContact, maskName, onOtherWindow, ownContact, read, readContacts } from "./store.js";
import { keepAwake } from "./wake.js";
import { setUpVerification } from "../common/verify-phone.js";

const LARGEST = 440; // css pixels; larger is harder to hold before a camera
const LARGEST_FULL = 720;
const AGAIN = 5 * 60_000; // how often a page that stays open asks for what is wanting
const place = (id) => document.getElementById(id);
const { words, ...page } = pageData();
const clock = makeClock(page.server_time);
const form = place("pass-form");
const card = place("pass-card");
const awake = keepAwake(place("pass-awake"), words, () => !place("pass-view").hidden);
const dayParts = { year: "numeric", month: "numeric", day: "numeric", weekday: "short", timeZone: "Asia/Seoul" };
const dayFormat = new Intl.DateTimeFormat(document.documentElement.lang, dayParts);
let shown = null; // { stop, redraw } of what is shown
let editing = null; // whom the form is for: a holder's id
let renewing = false;

/** The code is wanted now, by eye and by ear: what had the focus is gone with the form. */
function toTop() {
  place("pass-title").focus({ preventScroll: true });
  scrollTo({ top: 0, behavior: "instant" });
}
const say = (sentence) => (place("pass-said").textContent = sentence);

// ---- the form

/** Open the form for a holder, for the phone's owner where nobody has a pass yet. */
function openForm(id = "own", notice = "") {
  const known = holderOf(id);
  editing = id;
  shown?.stop();
  shown = null;
  speech.stop();
  awake.release();
  place("pass-view").hidden = true;
  place("pass-new").hidden = false;
  const { holder } = present(clock.now());
  place("pass-back").hidden = holder === null;
  place("renew-hint").hidden = !known || !slotAt(known.passes, clock.now());
  place("label-field").hidden = id === "own" && !known?.label;
  form.reset();
  form.elements.label.value = known?.label ?? "";
  form.elements.child.checked = known?.child ?? false;
  const length = known?.slot_seconds ?? known?.passes[0]?.slot_seconds;
  if ([...form.elements.slot.options].some((one) => Number(one.value) === length)) form.elements.slot.value = String(length);
  fillContact(form, readContacts()[id]);
  form.elements.remember.checked = Boolean(readContacts()[id]);
  form.dispatchEvent(new Event("change")); // emptying a form tells nobody
  place("form-error").hidden = !notice;
  place("form-error").textContent = notice;
}

/** A child's pass carries the guardian's number: the one this phone knows already is offered. */
function followChild() {
  const child = form.elements.child.checked;
  place("guardian-box").hidden = !child;
  const phone = ownContact()?.phone;
  if (child && editing !== "own" && phone && !form.elements.phone.value) form.elements.phone.value = phone;
}

async function submit(event) {
  event.preventDefault();
  clearProblems(form);
  place("form-error").hidden = true;
  const missing = firstMissing(form, words);
  if (missing) return showProblem(form, ...missing);
  const contact = readContact(form);
  const certificate = verification?.certificate() ?? null;
  if (verification && page.must_verify && !certificate && contact.phone) return verification.complain(words.needs_verification);
  const button = place("pass-get");
  button.disabled = true;
  button.textContent = words.getting;
  try {
    const slotSeconds = Number(form.elements.slot.value);
    const { issued_at, passes } = await getPasses(contact, { certificate, slotSeconds, milliseconds: clock.now(), words });
    clock.correct(issued_at);
    const { child, label } = form.elements;
    const id = holderOf(editing) || editing === "own" ? editing : newId();
    const holder = { id, label: label.value.trim(), name: maskName(contact.name), child: child.checked, slot_seconds: slotSeconds, passes };
    place("not-kept").hidden = keepHolder(holder);
    keepContact(id, form.elements.remember.checked ? { ...contact, consented_at: clock.now() } : null);
    form.reset();
    openPass(words.ready);
    toTop();
  } catch (refusal) {
    if (refusal.code === "certificate_refused") verification?.forget();
    if (!showProblem(form, refusal.field ?? "", refusal.message)) {
      place("form-error").textContent = refusal.message;
      place("form-error").hidden = false;
      place("form-error").focus();
    }
  } finally {
    button.disabled = false;
    button.textContent = words.get;
  }
}

// ---- the pass

function widthOfSymbol() {
  const room = card.querySelector(".pass-symbol").clientWidth;
  if (!full.isOpen()) return Math.min(room, LARGEST);
  const rest = card.offsetHeight - place("pass-qr").offsetHeight; // what stands below the symbol
  return Math.min(room, innerHeight - rest - place("full-head").offsetHeight - place("full-foot").offsetHeight - 24, LARGEST_FULL);
}

function openPass(said) {
  const { holders, holder } = present(clock.now());
  if (holder === null) {
    const over = forgetOver(koreanTime(clock.now()).day);
    if (full.isOpen()) full.close();
    return openForm("own", over ? words.over : "");
  }
  shown?.stop();
  editing = null;
  place("pass-new").hidden = true;
  place("pass-view").hidden = false;
  listPeople({ holders, holder }, words, choose);
  describe(holder);
  say(said);
  const view = { qr: place("pass-qr"), bar: place("pass-bar"), seconds: place("pass-seconds"), typed: place("pass-typed"), width: widthOfSymbol };
  const onDay = () => {
    describe(holder);
    say(words.new_day);
    renew();
  };
  const who = calledBy(holder, words);
  shown = show(view, holder.passes, { now: clock.now, words, who, onDay, onOver: () => openPass("") });
  awake.ask();
}

function choose(id) {
  speech.stop();
  showHolder(id);
  openPass("");
  say(fill(words.now_shown, { who: calledBy(holderOf(id), words) }));
}

function describe(holder, trouble = "") {
  const now = clock.now();
  const { pass } = slotAt(holder.passes, now);
  const tomorrow = holder.passes.some((one) => one.day === koreanTime(now).day + 1);
  const skew = skewSentence(clock.ahead(), words, fill);
  place("pass-day").textContent = dayFormat.format(now);
  place("pass-label").textContent = holder.label;
  place("pass-label").hidden = !holder.label;
  place("pass-name").textContent = fill(words.name, { name: holder.name });
  place("pass-verified").textContent = pass.verified ? words.verified : words.unverified;
  place("pass-verified").className = pass.verified ? "badge badge-success" : "badge";
  place("pass-until").textContent = trouble || (tomorrow ? words.both_days : words.one_day);
  place("pass-skew").textContent = skew;
  place("pass-skew").hidden = !skew;
}

/** Return what there is to say aloud of the pass now. */
function sentences() {
  const { holder } = present(clock.now());
  const { pass, i, left } = slotAt(holder.passes, clock.now());
  const typed = typedCodeOf(pass, i).replace("-", "").split("").join(", ");
  const open = fill(words.spoken, { who: calledBy(holder, words), seconds: Math.ceil(left) });
  return typed ? `${open} ${fill(words.spoken_code, { code: typed })}` : open;
}

/** Fetch what remembered holders lack, whenever the page is online; without network it is tried again later. */
async function renew() {
  if (renewing || navigator.onLine === false || !wanting(clock.now()).length) return;
  renewing = true;
  try {
    const { renewed, refusal } = await renewAll({ now: clock.now, words, slotSeconds: page.slot_seconds });
    const { holder } = present(clock.now());
    const busy = !place("pass-new").hidden && form.contains(document.activeElement);
    if (renewed.length && holder && !busy) openPass(words.renewed);
    else if (refusal && holder && !place("pass-view").hidden) describe(holder, `${words.not_renewed} ${refusal.message}`);
  } finally {
    renewing = false;
  }
}

// ---- wiring

const full = setUpFull(card, { redraw: () => shown?.redraw(), onClose: () => series.end() });
const everybody = () => present(clock.now()).holders;
const series = setUpSeries({ everybody, choose, full, say, words });
const speech = setUpSpeech(place("pass-speak"), place("pass-spoken"), { sentences, words });
setUpContact(form);
setUpInstall();
const verification = page.may_verify ? setUpVerification(form, { words, now: clock.now }) : null;
form.addEventListener("submit", submit);
form.addEventListener("change", followChild);
place("pass-large").addEventListener("click", () => full.open());
place("pass-renew").addEventListener("click", () => {
  openForm(present(clock.now()).holder.id);
  place("new-title").focus();
});
place("pass-add").addEventListener("click", () => {
  openForm(newId());
  place("new-title").focus();
});
place("pass-back").addEventListener("click", () => {
  openPass(words.ready);
  toTop();
});
place("pass-erase").addEventListener("click", () => {
  const { holder } = present(clock.now());
  const alone = readHolders().holders.length === 1;
  place("erase-title").textContent = alone ? words.erase_all : fill(words.erase_one, { who: calledBy(holder, words) });
  place("erase-dialog").showModal();
});
place("erase-dialog").addEventListener("close", () => {
  if (place("erase-dialog").returnValue !== "erase") return;
  place("erase-dialog").returnValue = "";
  if (readHolders().holders.length > 1) removeHolder(present(clock.now()).holder.id);
  else erase();
  form.reset();
  openPass("");
  toTop();
  say(words.erased);
  if (!place("pass-new").hidden) place("new-title").focus();
});
onOtherWindow(() => openPass(""));
addEventListener("online", renew);
document.addEventListener("visibilitychange", renew);
setInterval(renew, AGAIN);
openPass("");
renew();
if (read("notices")?.on) import("./notice-box.js").then(({ showNotices }) => showNotices({ now: clock.now, words })); // nobody else pays for it
