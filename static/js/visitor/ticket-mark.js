// The mark of the hour changes at the full hour without asking anybody: the page brought those of a day along.

import { makeClock } from "../pass/clock.js";

const shown = document.getElementById("hour-mark");
const marks = JSON.parse(shown.dataset.marks);
const clock = shown.dataset.now ? makeClock(Number(shown.dataset.now)) : Date; // a kept page knows no present

let waiting = 0;

function turn() {
  clearTimeout(waiting);
  const now = clock.now();
  const mark = marks.findLast(({ since }) => since <= now);
  const over = !mark || now >= mark.since + 3_600_000;
  shown.hidden = over; // a page that is older than its marks shows none rather than a wrong one
  if (over) return;
  shown.dataset.colour = mark.colour;
  shown.dataset.shape = mark.shape;
  shown.querySelector('[data-part="words"]').textContent = mark.words;
  waiting = setTimeout(turn, mark.since + 3_600_000 - now + 50);
}

turn();
document.addEventListener("visibilitychange", turn); // a timer of a page in the background comes late
