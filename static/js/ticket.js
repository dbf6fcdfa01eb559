// The clock of the entry ticket, to the second: a picture of a screen stands still. The hands beside it need no script.

import { makeClock } from "./pass-clock.js";

const shown = document.getElementById("ticket-now");
const clock = makeClock(Number(shown.dataset.now));
const format = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: "Asia/Seoul" });

function tick() {
  shown.textContent = format.format(clock.now());
  setTimeout(tick, 1000 - (clock.now() % 1000));
}

tick();
addEventListener("pageshow", (event) => event.persisted && location.reload()); // it may have ended meanwhile
