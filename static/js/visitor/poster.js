// The poster's form works without this: it adds what the phone remembers, and the certificate of its number.

import { fillContact, setUpContact } from "../common/contact-form.js";
import { pageData } from "../pass/api.js";
import { makeClock } from "../pass/clock.js";
import { erase, ownContact } from "../pass/store.js";
import { setUpVerification } from "../common/verify-phone.js";

const page = pageData();
const form = document.getElementById("poster-form");
const send = document.getElementById("poster-enter");

if (form.dataset.refused === "certificate_refused") erase("certificate");
setUpContact(form);
fillContact(form, ownContact());
const verification = page.may_verify ? setUpVerification(form, { words: page.words, now: makeClock(page.server_time).now }) : null;

form.addEventListener("submit", (event) => {
  const certificate = verification?.certificate() ?? "";
  if (page.must_verify && verification && !certificate && form.elements.kind.value === "phone") {
    event.preventDefault();
    verification.complain(page.words.needs_verification);
    return;
  }
  form.elements.certificate.value = certificate;
  send.disabled = true; // the form's own number makes a second press harmless; this makes it needless
});
addEventListener("pageshow", (event) => {
  send.disabled = false;
  if (event.persisted) location.reload(); // a form that was sent has a number that is used up
});
