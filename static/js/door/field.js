// The field for what is typed by hand: the ten characters of a short code, told back in groups while they come, or any
// other code that somebody pastes.

import { TYPED_LENGTH, shortCode, shown, typedCode } from "./typed.js";

/** Hand what is typed into the form to `onCode`; the field is emptied and stays ready for the next. */
export function hearTyping(form, onCode) {
  const field = form.querySelector("input");
  const echo = form.querySelector("output");

  function tell() {
    const code = shortCode(field.value);
    echo.textContent = code ? shown(code) : "";
    echo.dataset.whole = String(code?.length === TYPED_LENGTH);
  }

  field.addEventListener("input", tell);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = typedCode(field.value);
    field.value = "";
    tell();
    if (code) onCode(code);
  });
}
