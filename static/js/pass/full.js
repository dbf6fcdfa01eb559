// The pass as large as the screen: a dialog that fills the viewport, and the browser's full screen where it has one.

const place = (id) => document.getElementById(id);

/** Wire the full view of `card`; `redraw` fits the symbol anew, `onClose` follows when it is closed again. */
export function setUpFull(card, { redraw, onClose }) {
  const dialog = place("pass-full");
  const home = card.parentElement;
  const after = card.nextSibling;

  async function open() {
    dialog.querySelector(".pass-full-card").append(card);
    dialog.showModal();
    redraw();
    try {
      await document.documentElement.requestFullscreen({ navigationUI: "hide" });
    } catch {
      return; // absent (iPhone) or refused: the dialog fills the window all the same
    }
    if (!dialog.open) leave();
    else redraw();
  }
  function leave() {
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  }
  dialog.addEventListener("close", () => {
    home.insertBefore(card, after);
    leave();
    redraw();
    onClose();
  });
  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement && dialog.open) dialog.close(); // the phone's own way back
  });
  place("full-close").addEventListener("click", () => dialog.close());
  return { open, close: () => dialog.close(), isOpen: () => dialog.open };
}
