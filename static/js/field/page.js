// The checklist of a disinfection team: its stops, kept on this phone, and what was done at each, kept here first and
// sent when there is a network, once each. The queue is the one of the door, under a name of its own.

import { newId } from "../common/new-id.js";
import { Flusher } from "../door/flush.js";
import { DoorStore, NotKept } from "../door/store.js";
import { Unanswered } from "../door/service.js";
import { Cards } from "./cards.js";
import { FieldList, nameOf } from "./list.js";
import { FieldService } from "./service.js";
import { dayText } from "./times.js";

const page = JSON.parse(document.getElementById("page-data").textContent);
const { words } = page;
const find = (id) => document.getElementById(id);
const LOOK_AGAIN = 60_000; // ms; a colleague's phone may have noted something
const MOST = 200;
const [ACCOUNT, DRAFTS, PROBLEMS] = ["account", "drafts", "problems"]; // under these names in the store
const filled = (text, facts) => Object.entries(facts).reduce((said, [name, value]) => said.replace(`{${name}}`, value), text);
const placeOf = ({ plan_id: planId, stop_id: stopId }) => `${planId}|${stopId}`;

const store = new DoorStore({ name: "entry-field" });
const service = new FieldService(store);
const list = new FieldList({ store, hours: page.rules.kept_hours, now: () => service.clock.now(), onGone: () => show() });
const drafts = new Map(); // stop_id → what stands in its form
let waiting = new Map(); // plan and stop → the newest note that is not sent yet
let problems = {}; // plan and stop → why the service did not take a note
let unkept = false;
let told = 0; // notes that the service has answered: a list asked for before is older than they are

const flusher = new Flusher({ service, store, busy: () => false, onResult: taken, onPause: show });
const cards = new Cards({ page, list: find("stops"), now: () => service.clock.now(), drafts, save, keepDraft });
service.link.watch(showLink);

/** Keep something; where that cannot be done, say so and go on. */
async function kept(work) {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof NotKept)) throw error;
    unkept = true;
    showLink();
  }
}

const keepOwn = (what, value) => kept(store.keepSealed(nameOf(what, service.facilityId), value));

function keepDraft(stop, values) {
  if (values) drafts.set(stop.stop_id, values);
  else drafts.delete(stop.stop_id);
  return keepOwn(DRAFTS, { day: list.plan.day, values: Object.fromEntries(drafts) });
}

/** Keep a note on the phone, then send it. */
async function save(stop, facts) {
  const { plan_id, team } = stop.gone ?? list.plan;
  const item = { check_id: newId(), plan_id, team, ...facts };
  const record = { id: item.check_id, kind: "check", at: Date.now(), facility: service.facilityId, clock: service.clock.facts(), item };
  try {
    await store.add(record);
  } catch (error) {
    if (!(error instanceof NotKept)) throw error;
    unkept = true;
    return showLink(); // the form stays open with what stands in it
  }
  delete problems[placeOf(item)];
  await keepOwn(PROBLEMS, problems);
  await keepDraft(stop, null);
  cards.close(stop.stop_id);
  find("said").textContent = words.saved;
  await show();
  flusher.hurry();
}

/** The service said what became of a note. */
async function taken({ id, item }, { answer, problem }) {
  told += 1;
  if (answer) {
    delete problems[placeOf(item)];
    await noted(item, { check_id: id, ...answer });
  } else {
    problems[placeOf(item)] = problem.detail ?? problem.code;
    await keepOwn(PROBLEMS, problems);
    await store.stick(id, problem.code);
    return;
  }
  await store.remove([id]);
}

async function noted(item, { check_id, state, obstacle = "", ended_at, reopens = null }) {
  if (!counts(item, state)) return; // of an earlier day: the same place is to be done again
  await kept(list.note(item.stop_id, { check_id, state, obstacle, ended_at, reopens }));
}

/** Say whether a note tells of today's plan: its own, or something done under an earlier plan of the day. */
function counts({ plan_id: planId }, state) {
  return planId === list.plan?.plan_id || (state === "done" && Boolean(list.plan?.before.includes(planId)));
}

const placesOf = (stop) => [list.plan.plan_id, ...list.plan.before].map((name) => placeOf({ plan_id: name, stop_id: stop.stop_id }));

function stateOf(stop) {
  const places = placesOf(stop);
  const unsent = places.map((place) => waiting.get(place)).find((item) => item && (stop.gone || counts(item, item.state)));
  const known = unsent ?? stop.noted;
  const about = known && { ...known, visit: stop.kind === "visit", reopens: unsent ? undefined : known.reopens };
  const problem = places.map((place) => problems[place]).find(Boolean);
  if (problem) return { state: "refused", note: about, problem };
  if (unsent) return { state: `waiting_${unsent.state}`, note: about };
  return { state: known?.state ?? "planned", note: about };
}

async function show() {
  if (service.facilityId) {
    const records = await store.oldest(service.facilityId, MOST).catch(() => []);
    waiting = new Map(records.map(({ item }) => [placeOf(item), item]));
  }
  const { plan } = list;
  const stops = plan?.stops ?? [];
  find("empty").hidden = stops.length > 0;
  find("empty").textContent = !plan ? words.first : plan.plan_id ? words.empty : words.none;
  const done = stops.filter((stop) => stateOf(stop).state.endsWith("done")).length;
  find("team").textContent = plan?.plan_id ? filled(words.head, { team: plan.team, day: dayText(plan.day, page.language) }) : "";
  find("count").textContent = stops.length ? filled(words.count, { all: stops.length, done }) : "";
  Object.assign(find("progress"), { max: Math.max(stops.length, 1), value: done, hidden: !stops.length });
  cards.show([...stops, ...(plan?.gone ?? [])], plan ?? {}, stateOf);
  showChange();
  await showLink();
}

/** Say what is another than what the team has read. */
function showChange() {
  const change = list.change();
  find("change").hidden = !change;
  if (!change) return;
  const named = (stops) => stops.map(({ name, unit_code: unit }) => name || `${words.visit} ${unit ?? ""}`).join(", ");
  const said = Object.entries(words.changes).flatMap(([kind, form]) => {
    if (kind === "team") return change.team ? [filled(form, { team: change.team })] : [];
    return change[kind].length ? [filled(form, { names: named(change[kind]) })] : [];
  });
  const lines = said.map((text) => Object.assign(document.createElement("li"), { textContent: text }));
  find("change-list").replaceChildren(...lines);
}

async function showLink() {
  const reason = service.link.offline?.reason;
  const said = { unenrolled: words.sign_in, offline: words.offline }[reason] ?? (reason ? words.busy : "");
  find("connection").hidden = !said && !unkept;
  find("connection-text").textContent = unkept ? words.not_kept : said;
  find("sign-in").hidden = reason !== "unenrolled";
  const summary = service.facilityId ? await store.summary(service.facilityId).catch(() => null) : null;
  const parts = ["count", "foreign"].filter((name) => summary?.[name]).map((name) => filled(words[`waiting_${name}`], { count: summary[name] }));
  find("waiting").hidden = !parts.length;
  find("waiting").textContent = parts.join(" · ");
  find("stuck").hidden = !summary?.stuck;
  find("stuck-text").textContent = filled(words.stuck, { count: summary?.stuck ?? 0 });
}

/** Take the newest plan from the service; without one the kept plan goes on. `attended`: somebody looks at the phone. */
async function look(attended) {
  try {
    const before = told;
    const fresh = await service.plan(attended);
    if (told !== before) return look(attended);
    if (service.facilityId !== fresh.account_id || !list.plan) await becomes(fresh.account_id, fresh.day);
    else if (fresh.day !== null && list.plan.day !== fresh.day) drafts.clear();
    await kept(list.take(fresh, unfinished));
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    await list.expire();
  }
  await show();
  if (service.facilityId) flusher.soon();
}

/** Say whether something of a stop is on this phone alone. */
function unfinished(stop) {
  const places = placesOf(stop);
  return drafts.has(stop.stop_id) || places.some((place) => waiting.has(place) || problems[place]);
}

/** Take up what this phone keeps of an account. */
async function becomes(accountId, day) {
  service.facilityId = accountId;
  await kept(store.keep(ACCOUNT, accountId)); // without a list what waits is still told
  drafts.clear();
  const [forms, known] = await Promise.all([DRAFTS, PROBLEMS].map((what) => store.keptSealed(nameOf(what, accountId)).catch(() => null)));
  if (forms?.day === day) for (const [name, values] of Object.entries(forms.values)) drafts.set(name, values);
  problems = known ?? {};
}

function hurry(attended) {
  if (service.facilityId) flusher.hurry();
  look(attended);
}

async function begin() {
  await service.clock.ready;
  await list.recall();
  const accountId = list.plan?.account_id ?? (await store.kept(ACCOUNT))?.value;
  if (accountId) await becomes(accountId, list.plan?.day ?? null);
  await show();
  await look(true);
  addEventListener("online", () => hurry(false));
  navigator.serviceWorker?.addEventListener("message", ({ data }) => data === "hurry" && hurry(false));
  document.addEventListener("visibilitychange", () => document.hidden || hurry(true));
  find("change-read").addEventListener("click", () => kept(list.read()).then(show));
  find("send-again").addEventListener("click", () => kept(store.unstick()).then(() => hurry(true)));
  setInterval(async () => {
    if (await list.expire()) await show();
    if (!document.hidden) look(false);
  }, LOOK_AGAIN);
}

begin();
