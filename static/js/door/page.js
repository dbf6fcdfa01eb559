// The page at the door: reads a code by camera, USB scanner or hand, judges it here, sends it, and says the verdict in
// colour, symbol, word, sound and speech, ready for the next visitor while the last result is still to be seen.
// This file only joins the rooms: door/door.js is what happens to a code, the others are named after their part.

import { DoorStore } from "./store.js";
import { Actions } from "./actions.js";
import { DeviceFacts } from "./device.js";
import { closeButtons } from "./dialogs.js";
import { Door } from "./door.js";
import { openEyes } from "./eyes.js";
import { Inside } from "./inside.js";
import { Keys } from "./keys.js";
import { Kiosk } from "./kiosk.js";
import { Language } from "./language.js";
import { Look } from "./look.js";
import { Party } from "./party.js";
import { ScanQueue } from "./queue.js";
import { Recent } from "./recent.js";
import { Results } from "./results.js";
import { Screen } from "./screen.js";
import { Service } from "./service.js";
import { offerSlip } from "./slip.js";
import { Sound } from "./sound.js";
import { Speech } from "./speech.js";
import { Tally } from "./tally.js";
import { hearTyping } from "./field.js";
import { Verdicts, kindOf } from "./verdict.js";
import { Waiting } from "./waiting.js";
import { hearScanner } from "./wedge.js";

const page = JSON.parse(document.getElementById("page-data").textContent);
const find = (id) => document.getElementById(id);
const DIRECTION = "door-direction"; // kept on this device
const TWO = "2-digit";
const CLOCK = { timeZone: "Asia/Seoul", hour: TWO, minute: TWO, second: TWO, hourCycle: "h23" };
const clock = new Intl.DateTimeFormat("ko-KR", CLOCK);
let alone = false; // the service could not be reached
let backlog = 0; // items that waited
const clockText = (at) => clock.format(at);

const store = new DoorStore();
const service = new Service(page.facility_id, store);
const keys = new Keys(service);
const queue = new ScanQueue({ service, store, onAnswer: answered, onLate: late, onChange: queueChanged });
const tally = new Tally({ service, store, state: () => queue.state });
const waiting = new Waiting({ words: page.words, queue, clockText });
const verdicts = new Verdicts(page.words);
const facts = new DeviceFacts(page.words.device);
const sound = new Sound(showSound);
const speech = new Speech(showSpeech);
const screen = new Screen(find("verdict"), find("said"), {
  visitor: page.visitor,
  language: page.language,
  idle: () => verdicts.ready(look.on ? "look" : direction()),
  onRest: () => actions.offer(null, {}),
});
const say = (text) => screen.say(text);
const recent = new Recent();
const party = new Party(find("party"), page.words, say);
const look = new Look({ button: find("look"), banner: find("look-banner"), words: page.words, say, onChange: lookChanged });
const results = new Results(find("results"), find("no-results"), {
  most: 8,
  clockText,
  words: page.words,
  now: () => service.now(),
  say,
  onUndo: page.may.undo ? (scanId) => actions.undo(scanId) : null,
  onApprove: page.may.override ? (scanId) => actions.approve(scanId) : null,
});
const inside = new Inside({ panel: find("inside"), words: page.crowding, service, keys, onAsked: asked });
const door = new Door({
  ...{ service, queue, keys, recent, verdicts, screen, results, look, party, direction, gate: page.gate },
  heard: (verdict) => {
    sound.play(verdict.sound ?? verdict.tone);
    speech.say(screen.wordsFor(verdict)[2]);
    language.touched();
  },
  onAnswer: (answer) => inside.show(answer),
  onShown: (scanId, verdict) => actions.offer(scanId, verdict),
});
const actions = new Actions({ page, service, queue, verdicts, results, door, inside, clockText });
const language = new Language(find("visitor-language"), page.language, showLanguage);
new Kiosk({ page, checkPin: (pin) => actions.checkPin(pin), onChange: kioskChanged });

function direction() {
  return find("direction").querySelector("input:checked").value;
}

function answered(item, result) {
  if (item.kind === "undo" || item.kind === "closing") actions.answered(item, result);
  else door.answered(item, result);
}

function late(item) {
  if (item.kind === "undo" || item.kind === "closing") actions.late(item);
  else door.late(item);
}

function asked() {
  waiting.show(queue.state);
  results.renew(); // the clock of the service is known now
}

function queueChanged(state) {
  waiting.show(state);
  tally.changed();
  const drained = backlog > 0 && state.count === 0;
  if ((alone && !state.offline) || drained) inside.ask(); // it is back: who is inside is worth asking at once
  alone = Boolean(state.offline);
  backlog = state.count;
}

function lookChanged(on) {
  document.body.dataset.look = String(on);
  if (on) recent.lookAgain(); // whoever was just let in may be looked at; whoever was looked at must go and come again
  screen.rest();
}

function kioskChanged(on) {
  screen.alone = on;
  if (on) look.end();
  if (on) party.clear();
  language.alone = on;
  screen.rest();
}

function showLanguage(chosen) {
  screen.language = chosen;
  speech.speak(chosen);
  const words = page.visitor[chosen];
  for (const part of document.querySelectorAll("[data-visitor]")) part.textContent = words[part.dataset.visitor];
}

function showSound(state) {
  find("sound").setAttribute("aria-pressed", String(state === "on" || state === "locked"));
  find("sound").disabled = state === "none";
  find("sound-locked").hidden = state !== "locked";
  find("touch-me").hidden = state !== "locked";
  facts.know({ sound: state !== "none", vibration: sound.shakes });
}

function showSpeech(state, hasVoice) {
  find("speech").setAttribute("aria-pressed", String(state === "on"));
  find("speech").disabled = state === "none";
  // What is spoken aloud need not be read aloud by a screen reader beside it.
  find("said").setAttribute("aria-live", state === "on" ? "off" : "polite");
  facts.know({ speech: state !== "none", voice: state === "on" ? hasVoice : null });
}

const kept = find("direction").querySelector(`input[value="${localStorage.getItem(DIRECTION)}"]`);
if (kept) kept.checked = true;
find("direction").addEventListener("change", () => {
  localStorage.setItem(DIRECTION, direction());
  recent.clear();
  screen.rest();
});
find("sound").addEventListener("click", () => sound.toggle());
find("speech").addEventListener("click", () => speech.toggle());
closeButtons();
hearTyping(find("typed"), (code) => door.take(code, { typed: true }));
hearScanner((code) => door.take(code));
offerSlip({ service, queue, door, verdicts, results });
showSound(sound.state);
showSpeech(speech.state, speech.hasVoice);
screen.rest();
keys.begin().then(() => inside.ask());
openEyes(page.words.camera, {
  facing: page.profile === "kiosk" ? "user" : "environment",
  onDevice: (can) => facts.know(can),
  onTexts: (texts) => {
    const passes = texts.filter((text) => ["pass", "card"].includes(kindOf(text)));
    for (const text of passes.length ? passes : texts) door.take(text);
  },
});
