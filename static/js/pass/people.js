// The list of those who have a pass on this phone: choose who is shown, or show all of them one after the other.

import { fill } from "./api.js";

const place = (id) => document.getElementById(id);

/** Return what the page calls a holder: the label that the user typed, else the masked name. */
export function calledBy(holder, words) {
  return holder.label || fill(words.name, { name: holder.name });
}

/** Draw the list; it is there only for two and more. */
export function listPeople({ holders, holder }, words, choose) {
  const list = place("people");
  const focused = list.contains(document.activeElement);
  place("people-box").hidden = holders.length < 2;
  list.replaceChildren(
    ...holders.map((one) => {
      const item = document.createElement("li");
      const button = Object.assign(document.createElement("button"), { type: "button", className: "person", textContent: calledBy(one, words) });
      button.setAttribute("aria-pressed", String(one.id === holder?.id));
      if (one.child) button.append(Object.assign(document.createElement("span"), { className: "person-child", textContent: words.child }));
      button.addEventListener("click", () => choose(one.id));
      item.append(button);
      return item;
    }),
  );
  if (focused) list.querySelector("[aria-pressed=true]")?.focus();
}

/**
 * Show all, one after the other at a tap: `everybody()` gives the holders, `choose(id)` shows one, `full` is the full
 * view. After the last one the view closes.
 */
export function setUpSeries({ everybody, choose, full, say, words }) {
  const next = place("full-next");
  let at = -1;
  const step = () => {
    const holders = everybody();
    at += 1;
    if (at >= holders.length) {
      full.close();
      say(words.all_shown);
      return;
    }
    choose(holders[at].id);
    const last = at === holders.length - 1;
    place("full-who").textContent = fill(words.one_of, { who: calledBy(holders[at], words), n: at + 1, all: holders.length });
    next.textContent = last ? words.finish : fill(words.next, { who: calledBy(holders[at + 1], words) });
  };
  place("people-all").addEventListener("click", () => {
    at = -1;
    next.hidden = false;
    full.open();
    step();
    next.focus();
  });
  next.addEventListener("click", step);
  place("pass-card").addEventListener("click", () => at >= 0 && step());
  return {
    end() {
      at = -1;
      next.hidden = true;
      place("full-who").textContent = "";
    },
  };
}
