// The page at the door: reads a code by camera, USB scanner or hand, judges it here, sends it, and says the verdict in
// colour, symbol, word and sound, ready for the next visitor while the last result is still to be seen.

import { PassVerifier, Refusal } from "./verify-pass.js";
import { ScanQueue } from "./scan-queue.js";
import { Recent } from "./scan-recent.js";
import { Service } from "./scan-service.js";
import { Sound } from "./scan-sound.js";
import { Results, Screen, Verdicts, kindOf } from "./scan-verdict.js";
import { hearScanner, typedCode } from "./scan-wedge.js";
import { openEyes } from "./scan-eyes.js";

const page = JSON.parse(document.getElementById("page-data").textContent);
const find = (id) => document.getElementById(id);
const DIRECTION = "door-direction"; // kept on this device
const ASK_AGAIN = 10_000; // ms between questions who is inside
const KEYS_AGAIN = 3_600_000; // ms after which the keys are asked for anew
const SHOW_WAIT = 250; // ms without an answer before the screen says so
const KEPT = 200; // results remembered for a second reading

const TWO = "2-digit";
const CLOCK = { timeZone: "Asia/Seoul", hour: TWO, minute: TWO, second: TWO, hourCycle: "h23" };
const clock = new Intl.DateTimeFormat("ko-KR", CLOCK);
const service = new Service(page.facility_id);
const verifier = new PassVerifier();
const verdicts = new Verdicts(page.words);
const screen = new Screen(find("verdict"), () => verdicts.ready(direction()));
const results = new Results(find("results"), find("no-results"), 6, (at) => clock.format(at));
const recent = new Recent();
const sound = new Sound(showSound);
const known = new Map(); // scan_id → { verdict, answered }
const queue = new ScanQueue({ post: (scan) => service.post(scan), onAnswer: answered, onChange: showConnection });
let current = null; // scan_id of the verdict on the screen
let keysAt = 0;

function direction() {
  return document.querySelector('input[name="direction"]:checked').value;
}

function say(verdict, scanId = null) {
  const change = scanId === null || current !== scanId || screen.shown?.tone !== verdict.tone;
  current = scanId;
  screen.show(verdict);
  if (change) sound.play(verdict.tone);
}

/** Take in what was read, from wherever; a code that has not left the camera's sight is taken once. */
async function take(text) {
  const at = service.now();
  if (recent.seen(text, Date.now())) return;
  const kind = kindOf(text);
  if (kind !== "pass") {
    say(verdicts.foreign(kind)); // not sent: what a foreign code holds is nobody's business
    return;
  }
  const { reading, refusal } = await judge(text, at);
  if (reading && recent.seenPass(text, reading.pid, Date.now())) return;
  const before = reading && direction() === "auto" ? recent.sentJustNow(reading.pid, Date.now()) : undefined;
  const earlier = known.get(before)?.verdict;
  if (earlier && earlier.tone !== "refused") {
    say(earlier.tone === "wait" ? earlier : verdicts.again(earlier), before);
    return;
  }
  if (queue.full) {
    say(verdicts.notKept());
    return;
  }
  send(text, at, reading, refusal);
}

/** Return { reading } of a pass that is good, { refusal } of one that is not, neither where only the service can say. */
async function judge(text, at) {
  if (!verifier.ready) return {};
  try {
    return { reading: await verifier.read(text, at) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.code === "pass_key_unknown" ? {} : { refusal: error.code };
  }
}

function send(text, at, reading, refusal) {
  const scan = {
    scan_id: newId(),
    text,
    direction: direction(),
    scanned_at: new Date(at).toISOString(),
    gate: page.gate,
  };
  const entry = { verdict: refusal ? verdicts.refused(refusal) : verdicts.waiting(Boolean(reading)) };
  known.set(scan.scan_id, entry);
  for (const id of known.keys()) {
    if (known.size <= KEPT) break;
    known.delete(id);
  }
  if (reading) recent.sent(reading.pid, scan.scan_id, Date.now());
  if (refusal) {
    say(entry.verdict, scan.scan_id);
    results.set(scan.scan_id, at, entry.verdict);
  } else {
    current = scan.scan_id;
    setTimeout(() => {
      if (entry.answered) return;
      results.set(scan.scan_id, at, entry.verdict);
      if (current === scan.scan_id) say(entry.verdict, scan.scan_id);
    }, SHOW_WAIT);
  }
  queue.add(scan);
}

/** Show what became of a scan: on the screen if it is the last one, in the list always. */
function answered(scan, result) {
  const verdict = verdicts.answered(result);
  results.set(scan.scan_id, Date.parse(scan.scanned_at), verdict);
  const entry = known.get(scan.scan_id);
  if (entry) Object.assign(entry, { verdict, answered: true });
  if (current === scan.scan_id) say(verdict, scan.scan_id);
  if (result.answer) showOccupancy(result.answer);
  if (result.problem?.code === "pass_key_unknown") loadKeys();
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function showOccupancy({ occupancy, capacity }) {
  find("occupancy").textContent = occupancy.toLocaleString("ko-KR");
  find("capacity").textContent = capacity === null ? "" : ` / ${capacity.toLocaleString("ko-KR")}`;
  find("inside").dataset.full = String(capacity !== null && occupancy >= capacity);
  find("inside").dataset.known = "true";
}

function showConnection({ count, trouble }) {
  find("waiting").hidden = count === 0;
  find("waiting-count").textContent = String(count);
  const notice = find("connection");
  notice.hidden = trouble === null;
  if (trouble !== null) find("connection-text").textContent = page.words.trouble[trouble];
  find("enrol-again").hidden = trouble !== "unenrolled";
}

function showSound(state) {
  find("sound").setAttribute("aria-pressed", String(state !== "off"));
  find("sound-locked").hidden = state !== "locked";
}

async function loadKeys() {
  verifier.setKeys(await service.keys());
  keysAt = Date.now();
}

/** Ask who is inside and keep clock and keys fresh; without an answer the figure is marked as old. */
async function keepUp() {
  try {
    if (Date.now() - keysAt > KEYS_AGAIN) await loadKeys();
    showOccupancy(await service.occupancy());
    queue.hurry();
    showConnection(queue.state);
  } catch (error) {
    if (!error.why) throw error;
    find("inside").dataset.known = "false";
    showConnection({ count: queue.state.count, trouble: error.why });
  } finally {
    setTimeout(keepUp, ASK_AGAIN);
  }
}

const kept = document.querySelector(`input[name="direction"][value="${localStorage.getItem(DIRECTION)}"]`);
if (kept) kept.checked = true;
for (const choice of document.querySelectorAll('input[name="direction"]')) {
  choice.addEventListener("change", () => {
    localStorage.setItem(DIRECTION, direction());
    recent.clear();
    screen.rest();
  });
}
find("sound").addEventListener("click", () => sound.toggle());
find("typed").addEventListener("submit", (event) => {
  event.preventDefault();
  const code = typedCode(find("code").value);
  find("code").value = "";
  if (code) take(code);
});
hearScanner(find("code"), take);
showSound(sound.state);
screen.rest();
keepUp();
openEyes(page.words.camera, (texts) => {
  const passes = texts.filter((text) => kindOf(text) === "pass");
  for (const text of passes.length ? passes : texts) take(text);
});
