// The checklist of a disinfection team: its stops, kept on this phone, and what was done at each, kept here first and
// sent when there is a network, once each. The queue is the one of the door, under a name of its own.

import { newId } from "../common/new-id.js";
import { Flusher } from "../door/flush.js";
import { DoorStore, NotKept } from "../door/store.js";
import { Unanswered } from "../door/service.js";
import { Cards } from "./cards.js";
import { FieldService } from "./service.js";
import { dayText } from "./times.js";

const page = JSON.parse(document.getElementById("page-data").textContent);
const { words } = page;
const find = (id) => document.getElementById(id);
const LOOK_AGAIN = 60_000; // ms; a colleague's phone may have noted something
const MOST = 200;
const [PLAN, DRAFTS, PROBLEMS] = ["plan", "drafts", "problems"]; // under these names in the store

const store = new DoorStore({ name: "entry-field" });
const service = new FieldService(store);
const drafts = new Map(); // stop_id → what stands in its form
let plan = null;
let waiting = new Map(); // stop_id → the newest note that is not sent yet
let problems = {}; // stop_id → why the service did not take a note
let unkept = false;
let told = 0; // notes that the service has answered: a list asked for before is older than they are

const flusher = new Flusher({ service, store, busy: () => false, onResult: taken, onPause: show });
const cards = new Cards({ page, list: find("stops"), now: () => service.clock.now(), drafts, save, keepDraft });
service.link.watch(showLink);

/** Keep something; where that cannot be done, say so and go on. */
async function keep(name, value) {
  try {
    await store.keep(name, value);
  } catch (error) {
    if (!(error instanceof NotKept)) throw error;
    unkept = true;
    showLink();
  }
}

function keepDraft(stop, values) {
  if (values) drafts.set(stop.stop_id, values);
  else drafts.delete(stop.stop_id);
  return keep(DRAFTS, { plan_id: plan.plan_id, values: Object.fromEntries(drafts) });
}

/** Keep a note on the phone, then send it. */
async function save(stop, facts) {
  const item = { check_id: newId(), plan_id: plan.plan_id, team: plan.team, ...facts };
  const record = { id: item.check_id, kind: "check", at: Date.now(), facility: service.facilityId, clock: service.clock.facts(), item };
  try {
    await store.add(record);
  } catch (error) {
    if (!(error instanceof NotKept)) throw error;
    unkept = true;
    return showLink(); // the form stays open with what stands in it
  }
  delete problems[stop.stop_id];
  await keep(PROBLEMS, problems);
  await keepDraft(stop, null);
  cards.close(stop.stop_id);
  find("said").textContent = words.saved;
  await show();
  flusher.hurry();
}

/** The service said what became of a note. */
async function taken({ id, item }, { answer, problem }) {
  told += 1;
  if (answer) note(item, { check_id: id, ...answer });
  else {
    problems[item.stop_id] = problem.detail ?? problem.code;
    await keep(PROBLEMS, problems);
    await store.stick(id, problem.code);
    return;
  }
  await keep(PLAN, plan);
  await store.remove([id]);
}

function note({ stop_id: stopId, plan_id: planId }, { check_id, state, obstacle = "", ended_at, reopens = null }) {
  if (planId !== plan.plan_id) return; // of an earlier day: the same place is to be done again
  const stops = plan.stops.map((stop) => (stop.stop_id === stopId ? { ...stop, noted: { check_id, state, obstacle, ended_at, reopens } } : stop));
  plan = { ...plan, stops };
}

function stateOf(stop) {
  const unsent = waiting.get(stop.stop_id);
  const noted = unsent ?? stop.noted;
  const about = noted && { ...noted, visit: stop.kind === "visit", reopens: unsent ? undefined : noted.reopens };
  if (problems[stop.stop_id]) return { state: "refused", note: about, problem: problems[stop.stop_id] };
  if (unsent) return { state: `waiting_${unsent.state}`, note: about };
  return { state: noted?.state ?? "planned", note: about };
}

async function show() {
  if (service.facilityId) {
    const records = await store.oldest(service.facilityId, MOST).catch(() => []);
    waiting = new Map(records.filter(({ item }) => item.plan_id === plan?.plan_id).map(({ item }) => [item.stop_id, item]));
  }
  find("empty").hidden = Boolean(plan?.stops.length);
  find("empty").textContent = !plan ? words.first : plan.plan_id ? words.empty : words.none;
  const stops = plan?.stops ?? [];
  const done = stops.filter((stop) => stateOf(stop).state.endsWith("done")).length;
  find("team").textContent = plan?.plan_id ? words.head.replace("{team}", plan.team).replace("{day}", dayText(plan.day, page.language)) : "";
  find("count").textContent = stops.length ? words.count.replace("{all}", stops.length).replace("{done}", done) : "";
  Object.assign(find("progress"), { max: Math.max(stops.length, 1), value: done, hidden: !stops.length });
  cards.show(stops, plan?.agent ?? "", stateOf);
  await showLink();
}

async function showLink() {
  const reason = service.link.offline?.reason;
  const said = { unenrolled: words.sign_in, offline: words.offline }[reason] ?? (reason ? words.busy : "");
  find("connection").hidden = !said && !unkept;
  find("connection-text").textContent = unkept ? words.not_kept : said;
  find("sign-in").hidden = reason !== "unenrolled";
  const summary = service.facilityId ? await store.summary(service.facilityId).catch(() => null) : null;
  const parts = [];
  if (summary?.count) parts.push(words.waiting.replace("{count}", summary.count));
  if (summary?.foreign) parts.push(words.foreign.replace("{count}", summary.foreign));
  find("waiting").hidden = !parts.length;
  find("waiting").textContent = parts.join(" · ");
}

/** Take the newest plan from the service; without one the kept plan goes on. */
async function look() {
  try {
    const before = told;
    const fresh = await service.plan();
    if (told !== before) return look();
    if (plan && fresh.plan_id !== plan.plan_id) drafts.clear();
    plan = fresh;
    service.facilityId = fresh.account_id;
    await keep(PLAN, plan);
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
  }
  await show();
  if (service.facilityId) flusher.soon();
}

function hurry() {
  if (service.facilityId) flusher.hurry();
  look();
}

async function begin() {
  plan = (await store.kept(PLAN))?.value ?? null;
  service.facilityId = plan?.account_id ?? null;
  const kept = (await store.kept(DRAFTS))?.value;
  if (kept && kept.plan_id === plan?.plan_id) for (const [name, values] of Object.entries(kept.values)) drafts.set(name, values);
  problems = (await store.kept(PROBLEMS))?.value ?? {};
  await service.clock.ready;
  await show();
  await look();
  addEventListener("online", hurry);
  navigator.serviceWorker?.addEventListener("message", ({ data }) => data === "hurry" && hurry());
  document.addEventListener("visibilitychange", () => document.hidden || hurry());
  setInterval(() => document.hidden || look(), LOOK_AGAIN);
}

begin();
