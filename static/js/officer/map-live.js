// Watches for new results, asks for a run, and tells how far it is. A failure leaves the last good result in place.

import { fill, percent } from "/static/js/officer/map-numbers.js";

const STATUS = "/api/v1/results/status";
const RUNS = "/api/v1/results/runs";
const [CALM_MS, BUSY_MS] = [4_000, 1_000];
const find = (id) => document.getElementById(id);
const LANGUAGE = document.documentElement.lang === "en" ? "en" : "ko";

export class Live {
  /** `shown()` gives { run, as_of, created } of the page; `onNew()` takes the new run and resolves when it is drawn. */
  constructor(words, shown, onNew) {
    Object.assign(this, { words, shown, onNew, text: "", asking: false, taking: false, news: "" });
    find("run-now").addEventListener("click", () => this.runNow());
    document.addEventListener("visibilitychange", () => document.hidden || this.look());
  }

  start() {
    return this.look();
  }

  async look() {
    clearTimeout(this.timer);
    let pause = CALM_MS;
    try {
      if (!document.hidden) pause = await this.ask();
    } catch {
      this.say(this.words.lost);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), pause);
  }

  async ask() {
    const answer = await fetch(STATUS, { credentials: "same-origin", cache: "no-cache", headers: { "X-Unattended": "1" } });
    if (answer.status === 401 || answer.status === 403) {
      this.say(this.words.signed_out);
      return CALM_MS;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const status = await answer.json();
    const here = this.shown();
    const other = status.latest !== here.run || ["as_of", "created"].some((name) => status[name] !== here[name]);
    const due = Boolean(status.latest) && other;
    const busy = this.tell(status, due);
    if (due && !this.taking) {
      this.taking = true;
      await this.onNew(status).finally(() => (this.taking = false));
      this.news = this.words.new;
      this.tell(status);
    }
    return busy ? BUSY_MS : CALM_MS;
  }

  /** Say where things stand, and whether something is going on; while a new result is `due`, what is shown is not the newest. */
  tell({ progress, watching }, due = false) {
    const state = progress?.state;
    const of = progress?.kind === "plan" ? "_plan" : ""; // words of a plan, else of an analysis
    const busy = this.asking || (watching && (state === "waiting" || state === "running"));
    const title = progress?.title?.[LANGUAGE] ?? progress?.step ?? "";
    this.show(busy && state === "running" ? progress.fraction : null);
    if (this.asking) this.say(this.words.asking);
    else if (busy) this.say(state === "running" ? fill(this.words[`running${of}`], { title }) : this.words[`waiting${of}`]);
    else if (state === "failed") this.say(fill(this.words[`failed${of}`], { reason: progress.error?.[LANGUAGE] ?? this.words.failed_reason }), true);
    else if (due) this.say(this.text === this.words.lost ? this.text : this.words.checking);
    else this.say(this.news || (watching ? this.words.current : this.words.no_watch));
    find("run-now").disabled = busy || due || !watching;
    return busy;
  }

  show(fraction) {
    find("live-bar").hidden = fraction === null;
    find("live-bar").value = Math.round((fraction ?? 0) * 100);
    find("live-percent").textContent = fraction === null ? "" : percent(fraction);
  }

  say(text, bad = false) {
    if (text === this.text) return; // said once, a reader of the screen is not told again
    this.text = text;
    find("live-said").textContent = text;
    find("live").classList.toggle("live-bad", bad);
  }

  async runNow() {
    this.asking = true;
    this.news = "";
    this.say(this.words.asking);
    find("run-now").disabled = true;
    try {
      const token = document.querySelector('meta[name="csrf-token"]').content;
      const answer = await fetch(RUNS, { method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": token } });
      const said = answer.ok ? null : await answer.json().catch(() => null);
      if (!answer.ok) this.news = said?.detail ?? this.words.lost;
    } catch {
      this.news = this.words.lost;
    }
    this.asking = false;
    await this.look();
  }
}
