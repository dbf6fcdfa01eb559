// The pass page: a form for a new pass, or the one this phone keeps, shown until its day is over.

import { clearProblems, fillContact, firstMissing, readContact, setUpContact, showProblem } from "./contact-form.js";
import { koreanTime } from "./chain.js";
import { fill, pageData } from "./pass-api.js";
import { makeClock, skewSentence } from "./pass-clock.js";
import { getPasses } from "./pass-form.js";
import { show, slotAt } from "./pass-show.js";
import { erase, keep, onOtherWindow, read, readCertificate, readPasses } from "./pass-store.js";
import { keepAwake } from "./pass-wake.js";
import { setUpVerification } from "./verify-phone.js";

const MONTH = 30 * 86_400_000; // after this a remembered consent is asked for again
const place = (id) => document.getElementById(id);
const { words, ...page } = pageData();
const clock = makeClock(page.server_time);
const form = place("pass-form");
const awake = keepAwake(place("pass-awake"), () => !place("pass-view").hidden);
const dayParts = { year: "numeric", month: "numeric", day: "numeric", weekday: "short", timeZone: "Asia/Seoul" };
const dayFormat = new Intl.DateTimeFormat(document.documentElement.lang, dayParts);
let stop = () => {};
let renewing = false;

const say = (sentence) => (place("pass-said").textContent = sentence);

function openForm(notice = "") {
  stop();
  awake.release();
  place("pass-view").hidden = true;
  place("pass-new").hidden = false;
  place("pass-back").hidden = place("renew-hint").hidden = currentPasses() === null;
  fillContact(form, read("contact"));
  form.elements.remember.checked = read("contact") !== null;
  form.dispatchEvent(new Event("change")); // emptying a form tells nobody
  place("form-error").hidden = !notice;
  place("form-error").textContent = notice;
}

function currentPasses() {
  const kept = readPasses();
  return kept && slotAt(kept.passes, clock.now()) ? kept : null;
}

/** Remove passes whose days are over, which nobody needs any more; return whether there were only such. */
function forgetOld() {
  const kept = readPasses();
  const { day } = koreanTime(clock.now());
  const over = kept !== null && kept.passes.every((one) => one.day < day);
  if (over) erase("pass");
  return over;
}

function openPass(said) {
  const kept = currentPasses();
  if (kept === null) return openForm(forgetOld() ? words.over : "");
  stop();
  place("pass-new").hidden = true;
  place("pass-view").hidden = false;
  describe(kept);
  say(said);
  const view = { qr: place("pass-qr"), bar: place("pass-bar"), seconds: place("pass-seconds"), frame: place("pass-qr").parentElement };
  const onDay = () => {
    describe(kept);
    say(words.new_day);
    renew();
  };
  stop = show(view, kept.passes, { now: clock.now, words, onDay, onOver: () => openPass("") });
  awake.ask();
}

function describe(kept, trouble = "") {
  const now = clock.now();
  const { pass } = slotAt(kept.passes, now);
  const tomorrow = kept.passes.some((one) => one.day === koreanTime(now).day + 1);
  const skew = skewSentence(clock.ahead(), words, fill);
  place("pass-day").textContent = dayFormat.format(now).replace(". (", ".("); // as the rest of the service writes it
  place("pass-name").textContent = fill(words.name, { name: kept.name });
  place("pass-verified").textContent = pass.verified ? words.verified : words.unverified;
  place("pass-verified").className = pass.verified ? "badge badge-success" : "badge";
  place("pass-until").textContent = trouble || (tomorrow ? words.both_days : words.one_day);
  place("pass-skew").textContent = skew;
  place("pass-skew").hidden = !skew;
}

/** Fetch tomorrow's pass for a visitor who asked to be remembered; without network it is tried again later. */
async function renew() {
  const kept = currentPasses();
  const contact = read("contact");
  const today = koreanTime(clock.now()).day;
  const mayAsk = kept && contact && clock.now() - contact.consented_at < MONTH;
  if (!mayAsk || renewing || !navigator.onLine || kept.passes.some((one) => one.day === today + 1)) return;
  renewing = true;
  try {
    const certificate = contact.phone ? readCertificate(contact.phone, clock.now())?.certificate : null;
    const slotSeconds = kept.passes[0].slot_seconds;
    const fresh = await getPasses(contact, { certificate, slotSeconds, milliseconds: clock.now(), words, days: [1] });
    keepPasses({ ...kept, passes: [...kept.passes.filter((one) => one.day >= today), ...fresh.passes] });
    openPass(words.renewed);
  } catch (refusal) {
    describe(kept, `${words.one_day} ${refusal.message}`);
  } finally {
    renewing = false;
  }
}

function keepPasses(kept) {
  place("not-kept").hidden = keep("pass", kept);
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
    const kept = await getPasses(contact, { certificate, slotSeconds, milliseconds: clock.now(), words });
    clock.correct(kept.issued_at);
    keepPasses(kept);
    if (form.elements.remember.checked) keep("contact", { ...contact, consented_at: clock.now() });
    else erase("contact");
    form.reset();
    openPass(words.ready);
    scrollTo(0, 0);
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

setUpContact(form);
const verification = page.may_verify ? setUpVerification(form, { words, now: clock.now }) : null;
form.addEventListener("submit", submit);
place("pass-renew").addEventListener("click", () => {
  openForm();
  place("new-title").focus();
});
place("pass-back").addEventListener("click", () => openPass(words.ready));
place("pass-erase").addEventListener("click", () => place("erase-dialog").showModal());
place("erase-dialog").addEventListener("close", () => {
  if (place("erase-dialog").returnValue !== "erase") return;
  erase();
  form.reset();
  openForm();
  say(words.erased);
  place("new-title").focus();
});
onOtherWindow(() => openPass(""));
addEventListener("online", renew);
document.addEventListener("visibilitychange", renew);
openPass("");
renew();
