// Name and contact of a visitor, on the pass page and on the poster's form: which fields count, what is wrong.

/** Show only the chosen kind of contact and ask for it. */
export function setUpContact(form) {
  const follow = () => {
    const kind = form.elements.kind.value;
    form.elements.phone.required = kind === "phone";
    form.elements.safety_code.required = kind === "safety_code";
  };
  form.addEventListener("change", follow);
  form.addEventListener("input", ({ target }) => unmark(form, target));
  follow();
}

/** Return what is typed, only the chosen contact filled. */
export function readContact(form) {
  const { name, kind, phone, safety_code } = form.elements;
  const typed = { name: name.value.trim(), kind: kind.value };
  return { ...typed, [typed.kind]: (typed.kind === "phone" ? phone : safety_code).value.trim() };
}

/** Put a remembered contact into the empty fields. */
export function fillContact(form, contact) {
  if (!contact || form.elements.name.value) return;
  form.elements.name.value = contact.name;
  form.elements.kind.value = contact.kind;
  form.elements[contact.kind].value = contact[contact.kind];
  form.elements.kind[0].dispatchEvent(new Event("change", { bubbles: true }));
}

/** Mark a field as wrong, say why below it, and lead there; return whether the form has such a field. */
export function showProblem(form, field, sentence) {
  const place = form.querySelector(`#${CSS.escape(field)}-error`);
  const input = form.elements[field];
  if (!place || !input) return false;
  place.textContent = sentence;
  place.hidden = false;
  input.setAttribute("aria-invalid", "true");
  input.focus({ preventScroll: true });
  input.scrollIntoView({ block: "center" }); // with the sentence below it, not at the lower edge of the screen
  return true;
}

/** Take the mark of one field away: whoever is mending it need not read on what was wrong. */
function unmark(form, input) {
  if (input.ariaInvalid !== "true") return;
  input.ariaInvalid = "false";
  const place = form.querySelector(`#${CSS.escape(input.name)}-error`);
  if (place) place.hidden = true;
}

/** Take all marks away. */
export function clearProblems(form) {
  for (const input of form.querySelectorAll("[aria-invalid]")) input.ariaInvalid = "false";
  for (const place of form.querySelectorAll(".error")) place.hidden = true;
}

/** Return the first thing that is missing as [field, sentence], or null. */
export function firstMissing(form, words) {
  const typed = readContact(form);
  if (!form.elements.consent.checked) return ["consent", words.needs_consent];
  if (form.elements.child?.checked && !form.elements.guardian.checked) return ["guardian", words.needs_guardian];
  if (!typed.name) return ["name", words.needs_name];
  if (!typed[typed.kind]) return [typed.kind, typed.kind === "phone" ? words.needs_phone : words.needs_safety_code];
  return null;
}
