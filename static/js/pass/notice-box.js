// Below the pass: whether there is a notice, and the way to its page. It does not say of what grade: whoever shows the pass
// shows this too. Fetches the list at most once an hour; whenever it is opened it goes on with the questions about its
// passes that are left.

import { askLater, askVisits } from "./ask-visits.js";
import { fill } from "./api.js";
import { LOOK_AGAIN, readNotices, refresh, rematch, standing } from "./notices.js";

const place = (id) => document.getElementById(id);
let busy = false;

function draw(now, words) {
  const { told = [] } = readNotices();
  const stands = standing(now);
  const found = stands === "high" || stands === "low";
  place("notice-standing").textContent = found ? fill(words.notice_found, { n: told.length }) : words[`notice_${stands.replace(" ", "_")}`];
}

/** Draw the box and bring it up to date, now and whenever the page is looked at. */
export function showNotices({ now, words }) {
  const after = () => {
    rematch(now());
    draw(now(), words);
  };
  const look = async () => {
    rematch(now());
    draw(now(), words);
    if (!readNotices().on || busy || navigator.onLine === false) return;
    busy = true;
    try {
      if ((await askVisits(now(), words)) === "visits_rest") askLater(now, words, after);
      if (now() - readNotices().checked_at >= LOOK_AGAIN) await refresh(now());
    } finally {
      busy = false;
      rematch(now());
      draw(now(), words);
    }
  };
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  addEventListener("online", look);
  look();
}
