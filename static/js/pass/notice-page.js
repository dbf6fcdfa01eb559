// The page of notices: on or off, what was found, how old the list is, and which visits this phone remembers.

import { fill, pageData } from "./api.js";
import { askLater, askVisits } from "./ask-visits.js";
import { forgetVisit, readBeen, visitKey } from "./been.js";
import { makeClock } from "./clock.js";
import { believe, daysOld, OLD, readNotices, refresh, rematch, standing, turnOff, turnOn } from "./notices.js";

const place = (id) => document.getElementById(id);
const { words, key, server_time: serverTime } = pageData();
const clock = makeClock(serverTime);
const language = document.documentElement.lang;
const zone = { timeZone: "Asia/Seoul", hourCycle: "h23" };
const dayFormat = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { ...zone, year: "numeric", month: language === "en" ? "short" : "numeric", day: "numeric", weekday: "short" });
const timeFormat = new Intl.DateTimeFormat(language, { ...zone, hour: "2-digit", minute: "2-digit" });
let trouble = readNotices().refused ?? "";

function element(tag, text, facts = {}) {
  return Object.assign(document.createElement(tag), { textContent: text, ...facts });
}

const moment = (at) => `${dayFormat.format(at)} ${timeFormat.format(at)}`;

function span(start, end) {
  const [from, to] = [new Date(start), end ? new Date(end) : null];
  if (!to) return `${moment(from)} – ${words.left_unknown}`;
  const same = dayFormat.format(from) === dayFormat.format(to);
  return `${moment(from)} – ${same ? timeFormat.format(to) : moment(to)}`;
}

function told(notice) {
  const { title, badge, why, steps } = words[notice.grade];
  const card = element("li", "", { className: `card notice-card notice-card-${notice.grade}` });
  const head = element("h3", title);
  head.prepend(element("span", badge, { className: `badge badge-${notice.grade === "high" ? "danger" : "warning"}` }), " ");
  card.append(head, facts(notice), element("p", notice.by_date ? words.by_date : why));
  if (notice.assumed && !notice.by_date) card.append(element("p", words.assumed, { className: "hint" }));
  const list = element("ul", "");
  list.append(...[...steps, words.no_order].map((step) => element("li", step)));
  card.append(list, element("p", fill(words.ends, { moment: moment(new Date(notice.until)) }), { className: "hint" }));
  return card;
}

function facts(notice) {
  const list = element("dl", "", { className: "facts" });
  const where = notice.label ? `${notice.name} · ${notice.label}` : notice.name;
  const case_ = notice.by_date ? dayFormat.format(new Date(notice.start)) : span(notice.start, notice.end);
  for (const [name, value] of [[words.place, where], [words.own, span(notice.entered_at, notice.left_at)], [words.case, case_]]) {
    list.append(element("dt", name), element("dd", value));
  }
  return list;
}

function withdrawn(notice) {
  const card = element("li", "", { className: "card notice-card" });
  const head = element("h3", words.withdrawn);
  head.prepend(element("span", words.withdrawn_badge, { className: "badge" }), " ");
  card.append(head, element("p", `${notice.name} · ${span(notice.entered_at, notice.left_at)}`), element("p", words.withdrawn_why));
  return card;
}

function visitRow(visit) {
  const row = element("li", "");
  const what = element("p", "");
  what.append(element("b", visit.name, { lang: "ko" }), element("br", ""), element("span", span(visit.entered_at, visit.left_at) + (visit.label ? ` · ${visit.label}` : ""), { className: "muted" }));
  const button = element("button", words.forget, { type: "button", className: "button" });
  button.setAttribute("aria-label", `${words.forget}: ${visit.name} ${moment(new Date(visit.entered_at))}`);
  button.addEventListener("click", () => {
    forgetVisit(visitKey(visit), clock.now());
    rematch(clock.now());
    draw();
    place("visits-title").focus();
  });
  row.append(what, button);
  return row;
}

function draw() {
  const state = readNotices();
  const now = standing(clock.now(), state);
  place("notice-off").hidden = state.on;
  place("notice-on").hidden = !state.on;
  if (!state.on) return;
  const shown = now === "stopped" ? [] : state.told.toSorted((a, b) => (a.grade === b.grade ? 0 : a.grade === "high" ? -1 : 1));
  const gone = now === "stopped" ? [] : state.over;
  place("notice-list").replaceChildren(...shown.map(told), ...gone.map(withdrawn));
  place("notice-clear").hidden = now !== "clear";
  place("notice-stopped").hidden = now !== "stopped";
  if (now === "stopped") place("notice-stopped").textContent = fill(words.stopped, { moment: moment(new Date(state.list.stopped_at)) });
  drawAge(state);
  const visits = readBeen().of;
  place("notice-visits").replaceChildren(...visits.map(visitRow));
  place("notice-no-visits").hidden = visits.length > 0;
  const foreign = state.key && (state.key.kid !== key.kid || state.key.public !== key.public);
  place("notice-key").hidden = !foreign;
}

function drawAge(state) {
  const age = place("notice-age");
  const old = state.list && daysOld(state, clock.now()) >= OLD;
  const parts = [];
  if (!state.list) parts.push(words.no_list);
  else {
    parts.push(fill(words.as_of, { moment: moment(new Date(state.list.issued_at)), places: state.list.places.length }));
    if (old) parts.push(fill(words.old, { days: daysOld(state, clock.now()) }));
  }
  if (trouble) parts.push(words[trouble]);
  age.textContent = parts.join(" ");
  age.className = old || trouble ? "notice notice-warning" : "hint";
}

/** Bring all up to date; `all` where the owner pressed: then every pass is asked about at once. */
async function look({ all = false } = {}) {
  const button = place("notice-look");
  button.disabled = true;
  try {
    const left = await askVisits(clock.now(), words, { all });
    if (left === "visits_rest") askLater(() => clock.now(), words, afterMore);
    const came = await refresh(clock.now());
    if (came === "off") return draw(); // turned off meanwhile, and said already
    trouble = came === "new" || came === "same" ? left : came;
    rematch(clock.now());
  } finally {
    button.disabled = false;
  }
  draw();
  place("notice-said").textContent = trouble ? words[trouble] : words.looked;
}

function afterMore(left) {
  if (["visits_rest", "visits_later", ""].includes(trouble)) trouble = left;
  rematch(clock.now());
  draw();
}

place("notice-turn-on").addEventListener("click", () => {
  turnOn(key);
  draw();
  place("found-title").focus();
  look();
});
place("notice-turn-off").addEventListener("click", () => {
  turnOff();
  trouble = "";
  draw();
  place("notice-said").textContent = words.turned_off;
  place("notice-turn-on").focus();
});
place("notice-look").addEventListener("click", () => look({ all: true }));
place("notice-believe").addEventListener("click", () => {
  believe(key);
  look();
});
rematch(clock.now());
draw();
if (readNotices().on) look();
addEventListener("online", () => readNotices().on && look());
