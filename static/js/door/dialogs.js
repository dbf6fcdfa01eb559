// The dialogs of the door: one question each, closed by Escape, and the focus goes back to where it was.

const find = (id) => document.getElementById(id);

const waiting = new WeakMap(); // dialog → ends the wait for its answer

/** Open a dialog; when it closes the focus returns to what had it, or where that is gone, to the verdict. */
export function open(dialog) {
  waiting.get(dialog)?.(); // closed and opened again so quickly that the event of its closing is still on the way
  const before = document.activeElement;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const settle = () => {
      waiting.delete(dialog);
      dialog.removeEventListener("close", closed);
      resolve(dialog.returnValue);
    };
    const closed = () => {
      if (dialog.open) return; // the event of the time before
      const there = before instanceof HTMLElement && before.isConnected && before.checkVisibility();
      (there && before !== document.body ? before : find("verdict")).focus();
      settle();
    };
    waiting.set(dialog, settle);
    dialog.addEventListener("close", closed);
  });
}

/** Ask for the manager's PIN until `check(pin)` returns null instead of what is wrong; returns whether it did. */
export function askPin(title, check) {
  const dialog = find("pin-dialog");
  const form = dialog.querySelector("form");
  const field = find("pin");
  const error = find("pin-error");
  find("pin-title").textContent = title;
  const show = (sentence) => {
    error.textContent = sentence ?? "";
    error.hidden = !sentence;
    field.setAttribute("aria-invalid", String(Boolean(sentence)));
  };
  const submit = async (event) => {
    event.preventDefault();
    const pin = field.value;
    field.value = "";
    if (!pin) return field.focus();
    form.inert = true; // one answer at a time
    const wrong = await check(pin);
    form.inert = false;
    if (wrong === null) return dialog.close("right");
    show(wrong);
    return field.focus();
  };
  field.value = "";
  show(null);
  form.addEventListener("submit", submit);
  const closed = open(dialog);
  field.focus();
  return closed.then((how) => {
    form.removeEventListener("submit", submit);
    field.value = "";
    return how === "right";
  });
}

/** Ask a question that is answered by a button; returns whether it was confirmed. */
export async function confirm(dialog) {
  return (await open(dialog)) === "yes";
}

/** Let every button of a dialog that says so close it. */
export function closeButtons() {
  for (const button of document.querySelectorAll("dialog [data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close(button.dataset.close));
  }
}
