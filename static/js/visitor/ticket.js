// The clock of the entry ticket, to the second: a picture of a screen stands still. The hands beside it need no script.
// Once shown the ticket needs no network; only leaving does.

import { makeClock } from "../pass/clock.js";

const shown = document.getElementById("ticket-now");
const ticket = document.getElementById("ticket");
const large = document.getElementById("ticket-full");
const pause = document.getElementById("ticket-pause");
const offline = document.getElementById("ticket-offline");
const clock = makeClock(Number(shown.dataset.now));
const format = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: "Asia/Seoul" });

function tick() {
  shown.textContent = format.format(clock.now());
  setTimeout(tick, 1000 - (clock.now() % 1000));
}

tick();
large.hidden = !document.fullscreenEnabled;
large.addEventListener("click", () => ticket.requestFullscreen().catch(() => (large.hidden = true)));
ticket.addEventListener("click", () => document.fullscreenElement && document.exitFullscreen());
pause.hidden = false;
pause.addEventListener("click", () => (pause.ariaPressed = String(ticket.toggleAttribute("data-still"))));
document.addEventListener("submit", (event) => {
  offline.hidden = navigator.onLine;
  if (!navigator.onLine) event.preventDefault();
});
addEventListener("online", () => (offline.hidden = true));
addEventListener("pageshow", (event) => event.persisted && navigator.onLine && location.reload()); // it may have ended
