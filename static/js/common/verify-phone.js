// Phone verification by one-time code. The certificate that comes back is kept on this phone only.

import { showProblem } from "./contact-form.js";
import { fill, post } from "../pass/api.js";
import { digits, erase, keepCertificate, readCertificate } from "../pass/store.js";

const place = (id) => document.getElementById(id);

/** Wire the verification of the form's phone number; `now` gives milliseconds. Returns what the form asks later. */
export function setUpVerification(form, { words, now }) {
  const section = place("verify");
  const code = place("verify-code");
  const box = code.closest(".verify-code");
  let challenge = null; // { id, phone, ends }

  const certificate = () => (form.elements.kind.value === "phone" ? readCertificate(form.elements.phone.value, now()) : null);
  const complain = (sentence) => {
    place("verify-error").textContent = sentence;
    place("verify-error").hidden = !sentence;
  };
  const follow = () => {
    const held = certificate();
    section.hidden = form.elements.kind.value !== "phone";
    place("verify-done").hidden = !held;
    for (const part of [place("verify-send").parentElement, place("verify-hint"), place("verify-badge")]) part.hidden = Boolean(held);
    if (challenge && digits(form.elements.phone.value) !== challenge.phone) challenge = null; // another number
    box.hidden = Boolean(held) || challenge === null;
    if (held) {
      const until = new Date(held.ends_at).toLocaleDateString(document.documentElement.lang, { timeZone: "Asia/Seoul" });
      place("verify-done").textContent = fill(words.done, { phone: form.elements.phone.value.trim(), until });
    }
  };
  const tick = () => {
    if (!challenge || box.hidden) return;
    const left = Math.max(Math.ceil((challenge.ends - now()) / 1000), 0);
    place("verify-left").textContent = left ? fill(words.code_left, { minutes: Math.floor(left / 60), seconds: left % 60 }) : words.code_over;
  };
  const send = async () => {
    complain("");
    const phone = form.elements.phone.value;
    if (!phone.trim()) return showProblem(form, "phone", words.needs_phone);
    place("verify-send").disabled = true;
    try {
      const begun = await post("/api/v1/verifications", { phone }, words);
      challenge = { id: begun.verification_id, phone: digits(phone), ends: Date.parse(begun.expires_at) };
      place("verify-send").textContent = words.again;
      code.value = "";
      follow();
      tick();
      code.focus();
    } catch (refusal) {
      if (!showProblem(form, refusal.field ?? "", refusal.message)) complain(refusal.message);
    } finally {
      place("verify-send").disabled = false;
    }
  };
  const confirm = async () => {
    if (!challenge || place("verify-confirm").disabled) return; // the sixth digit and the button ask at the same time
    complain("");
    const given = code.value.replace(/\D/g, "");
    if (given.length !== 6) return complain(words.needs_code);
    place("verify-confirm").disabled = true;
    try {
      const phone = form.elements.phone.value;
      const answer = await post(`/api/v1/verifications/${challenge.id}/confirm`, { phone, code: given }, words);
      keepCertificate(phone, answer);
      challenge = null;
      follow();
    } catch (refusal) {
      complain(refusal.message);
    } finally {
      place("verify-confirm").disabled = false;
    }
  };
  place("verify-send").addEventListener("click", send);
  place("verify-confirm").addEventListener("click", confirm);
  code.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // the form is not finished yet
    confirm();
  });
  code.addEventListener("input", () => code.value.length === 6 && confirm());
  form.addEventListener("input", follow);
  form.addEventListener("change", follow);
  setInterval(tick, 500);
  follow();
  return {
    certificate: () => certificate()?.certificate ?? null,
    complain,
    /** Drop a certificate that the service no longer accepts. */
    forget() {
      erase("certificate");
      follow();
    },
  };
}
