// Asks for a plan and shows how far it is; when it is there, the page opens it.

const { words, home } = JSON.parse(document.getElementById("page-data").textContent);
const find = (id) => document.getElementById(id);
const form = find("ask");
const PLANS = "/api/v1/results/plans";
const STATUS = "/api/v1/results/status";
const [CALM_MS, BUSY_MS] = [5_000, 700];
const HOUR = 3_600_000;
const MISSES = 3; // looks that tell of another run and find no plan, after which this page waits no more
const language = document.documentElement.lang === "en" ? "en" : "ko";
let asked = null; // id of the plan that this page asked for
let misses = 0;
let timer = 0;

function say(text, fraction = null) {
  find("progress").hidden = !text;
  find("progress-said").textContent = text;
  find("progress-bar").hidden = fraction === null;
  find("progress-bar").value = Math.round((fraction ?? 0) * 100);
}

function refuse(text) {
  find("ask-error").hidden = !text;
  find("ask-error").textContent = text;
}

const filled = (form, { title, percent, reason }) => form.replace("{title}", title).replace("{percent}", percent).replace("{reason}", reason);

/** Say where things stand and return whether something goes on. */
function tell({ progress, watching }) {
  const mine = progress && progress.id === asked;
  const busy = watching && ["waiting", "running"].includes(progress?.state);
  const facts = { title: progress?.title?.[language] ?? "", percent: `${Math.round((progress?.fraction ?? 0) * 100)}%`, reason: progress?.error?.[language] ?? "" };
  find("ask-button").disabled = busy || !watching || form.dataset.possible !== "yes" || asked !== null;
  if (mine && progress.state === "done") {
    say(words.done, 1);
    location.assign(`${home}/${encodeURIComponent(progress.run)}`);
    return false;
  }
  if (mine && progress.state === "failed") {
    asked = null;
    find("ask-button").disabled = !watching;
    say("");
    refuse(filled(words.failed, facts));
    return false;
  }
  if (mine && busy) say(progress.state === "running" ? filled(words.running, facts) : words.waiting, progress.fraction);
  else if (busy) say(filled(words.busy, facts), progress.fraction);
  else if (!watching) say(words.no_watcher);
  else if (asked === null) say("");
  if (find("no-watcher")) find("no-watcher").hidden = true; // what the page said when it was made; now this says it
  return busy || asked !== null;
}

const fetched = async (address) => {
  const answer = await fetch(address, { credentials: "same-origin", cache: "no-cache", headers: { "X-Unattended": "1" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer;
};

/** The newest run is another than the one asked for, which is over: open its plan, whose name ends in the id's first letters. */
async function findAsked() {
  const list = new DOMParser().parseFromString(await (await fetched(home)).text(), "text/html");
  const links = [...list.querySelectorAll(".plan-list a")].map((link) => link.getAttribute("href"));
  const made = links.find((link) => link.endsWith(`-${asked.slice(0, 4)}`));
  if (made) return location.assign(made);
  misses += 1;
  if (misses < MISSES) return; // a run that was just taken is not told of yet
  asked = null;
  refuse(words.missed);
}

async function look() {
  clearTimeout(timer);
  let busy = asked !== null;
  const waited = asked;
  try {
    if (document.hidden) return;
    const status = await (await fetched(STATUS)).json();
    if (waited !== null && status.progress?.id !== waited) await findAsked();
    else misses = 0;
    busy = tell(status);
  } catch {
    say(words.lost);
  } finally {
    clearTimeout(timer);
    timer = setTimeout(look, busy ? BUSY_MS : CALM_MS);
  }
}

form.addEventListener("input", () => {
  const { start, end } = form.elements;
  find("ask-overnight").hidden = !(start.value && end.value && end.value < start.value);
});

const known = (text) => (text === "" ? null : Number(text)); // what is left open is decided by the analytics

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  refuse("");
  const { day, start, end, teams, sites, tests, site_teams, agent, entry, lon, lat } = Object.fromEntries(new FormData(form));
  const apart = (Date.parse(`${day}T${end}:00+09:00`) - Date.parse(`${day}T${start}:00+09:00`)) / HOUR;
  if (Number.isNaN(apart) || apart === 0) return refuse(words.order);
  const hours = apart > 0 ? apart : apart + 24; // back on the next day
  const wanted = { teams: Number(teams), sites: Number(sites), agent, entry, begin: `${day}T${start}:00+09:00`, hours, start: [Number(lon), Number(lat)], tests: known(tests), site_teams: known(site_teams) };
  find("ask-button").disabled = true;
  say(words.asking);
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token };
  try {
    const answer = await fetch(PLANS, { method: "POST", credentials: "same-origin", headers, body: JSON.stringify(wanted) });
    const said = await answer.json().catch(() => null);
    if (answer.ok) asked = said.id;
    else refuse(said?.detail ?? words.lost);
  } catch {
    refuse(words.lost);
  }
  await look();
});
document.addEventListener("visibilitychange", () => document.hidden || look());
look();
