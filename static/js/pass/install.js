// Putting the page on the home screen: the browser's own question where it has one, words where it has not.

const place = (id) => document.getElementById(id);

/** Show the hint that fits this browser; nothing where the page is installed already. */
export function setUpInstall() {
  const box = place("install");
  if (matchMedia("(display-mode: standalone)").matches || navigator.standalone) return;
  const apple = "standalone" in navigator; // only Safari on iPhone and iPad knows this word
  place("install-apple").hidden = !apple;
  box.hidden = !apple;
  let question = null;
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    question = event;
    place("install-ask").hidden = box.hidden = false;
  });
  place("install-ask").addEventListener("click", async () => {
    question?.prompt();
    await question?.userChoice;
    question = null;
    place("install-ask").hidden = true;
    box.hidden = true;
  });
  addEventListener("appinstalled", () => (box.hidden = true));
}
