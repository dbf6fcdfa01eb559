// The sign at an entrance: asks how many are inside every few seconds, says how old its figures are when nobody
// answers, keeps the screen on where it can, and goes through the languages where the address asks for it.

const data = JSON.parse(document.getElementById("page-data").textContent);
const part = (id) => document.getElementById(`sign-${id}`);
const board = document.getElementById("sign");
const clock = new Intl.DateTimeFormat("ko-KR", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Seoul" });
const number = (value) => value.toLocaleString("ko-KR");
const LONGEST_WAIT = 60;

let sign = data.sign;
let answeredAt = performance.now(); // of this device: its clock may be wrong, its stopwatch is not
let gone = false;
let turn = 0;
let words = data.words[""] ?? data.words[data.order[0]];

function stateOf({ opened, whole }) {
  return opened ? whole.crowding || "none" : "shut";
}

function sentenceOf(state, { whole }) {
  if (state === "shut") return "";
  if (state === "none") return words.unknown;
  if (state === "full" || state === "closed") return words[state];
  return words.room.replace("{count}", number(whole.limit - whole.inside));
}

// Live regions speak only when something changed, so text is written only then.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function light(place, state) {
  place.querySelector(".sign-bars").dataset.lit = data.lit[state] ?? 0;
}

function show() {
  const state = stateOf(sign);
  board.dataset.state = state;
  board.toggleAttribute("data-long", Math.max(sign.whole.inside, sign.whole.limit ?? 0) >= data.long);
  light(document.querySelector(".sign-word"), state);
  write(part("name"), sign.name);
  write(part("inside"), number(sign.whole.inside));
  part("limit-box").hidden = sign.whole.limit === null;
  write(part("limit"), number(sign.whole.limit ?? 0));
  write(part("word"), state === "shut" ? words.shut : state === "none" ? words.no_limit : words.crowding[state]);
  write(part("say"), sentenceOf(state, sign));
  write(part("until"), sign.open_until && !sign.whole.closed ? words.until.replace("{hour}", sign.open_until) : "");
  for (const label of document.querySelectorAll("[data-word]")) write(label, words[label.dataset.word]);
  showZones();
  showAge();
}

function showZones() {
  const shown = [...document.querySelectorAll("[data-zone]")];
  const same = shown.length === sign.zones.length && shown.every((row, i) => row.dataset.zone === sign.zones[i].zone);
  if (!same) return location.reload(); // a zone was added or given up: the server writes the page anew
  sign.zones.forEach((zone, i) => {
    shown[i].dataset.state = zone.crowding || "none";
    light(shown[i], zone.crowding);
    write(shown[i].querySelector("[data-inside]"), number(zone.inside));
    const limit = shown[i].querySelector("[data-limit]");
    if (limit && zone.limit !== null) write(limit, number(zone.limit));
    write(shown[i].querySelector("[data-zone-word]"), words.crowding[zone.crowding] ?? "");
  });
}

function showAge() {
  const seconds = (performance.now() - answeredAt) / 1_000;
  const time = clock.format(new Date(sign.now));
  const old = gone || seconds >= data.stale;
  board.toggleAttribute("data-old", old);
  write(part("read"), words.read.replace("{time}", time));
  part("trouble").hidden = !old;
  const minutes = Math.floor(seconds / 60);
  const aged = minutes ? words.old.replace("{minutes}", number(minutes)) : words.lost.replace("{time}", time);
  write(part("trouble"), !old ? "" : gone ? words.gone : aged);
}

async function ask() {
  let wait = data.seconds;
  try {
    const answer = await fetch(data.address, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(10_000) });
    if (answer.status === 404) gone = true;
    else if (!answer.ok) throw new Error(`status ${answer.status}`);
    else {
      sign = await answer.json();
      answeredAt = performance.now();
      gone = false;
    }
    show();
  } catch {
    showAge();
  }
  if (gone) wait = LONGEST_WAIT;
  setTimeout(ask, wait * 1_000);
}

function speak(language) {
  words = data.words[language];
  document.documentElement.lang = data.tags[language];
  show();
}

function alternate() {
  const button = part("stop");
  let timer = 0;
  const next = () => speak(data.order[(turn = (turn + 1) % data.order.length)]);
  const run = () => (timer = setInterval(next, data.turn * 1_000));
  button.addEventListener("click", () => {
    const running = timer !== 0;
    if (running) clearInterval(timer);
    timer = running ? 0 : run();
    button.textContent = running ? words.go_on : words.stop;
  });
  speak(data.order[0]);
  run();
}

// The screen of a sign should stay on; a browser lets go of it whenever the page was hidden.
async function stayOn() {
  if (document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock.request("screen");
    part("sleep").hidden = true;
  } catch {
    part("sleep").hidden = false; // no such thing here, low battery, or not allowed
  }
}

document.addEventListener("visibilitychange", stayOn);
stayOn();
setInterval(showAge, 1_000);
if (data.turn) alternate();
setTimeout(ask, data.seconds * 1_000);
