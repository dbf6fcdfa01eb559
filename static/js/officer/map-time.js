// The day and hour of the map: a list of days, a slider of hours with the city's day above it, and a play button.

import { drawBars } from "/static/js/officer/map-chart.js";

const [STEP_MS, CALM_MS] = [900, 2_000]; // a step of the play button; slower for those who ask for little motion
const find = (id) => document.getElementById(id);
const hourText = (hour) => `${String(hour).padStart(2, "0")}:00`;

export class TimeControl {
  /** `onChange({ day, hour })` is called after every move; `hoursOf(day)`: how many of its hours have come. */
  constructor(words, onChange, hoursOf) {
    Object.assign(this, { words, onChange, hoursOf, timer: null });
    [this.day, this.hour, this.play] = ["time-day", "time-hour", "time-play"].map(find);
    this.day.addEventListener("change", () => this.moved());
    this.hour.addEventListener("input", () => this.moved());
    this.play.addEventListener("click", () => (this.timer ? this.stop() : this.start()));
    find("time-back").addEventListener("click", () => this.step(-1));
    find("time-forward").addEventListener("click", () => this.step(1));
  }

  get playing() {
    return this.timer !== null;
  }

  /** A time in words; without an hour, the day. */
  when(day, hour) {
    const name = [...this.day.options].find((option) => option.value === day)?.textContent ?? day;
    return hour === undefined ? name : `${name} ${hourText(hour)}`;
  }

  /** Show a time without telling anybody. */
  show(day, hour) {
    this.day.value = day;
    this.#fit(day);
    this.hour.value = String(hour);
    find("time-label").textContent = hourText(hour);
    this.hour.setAttribute("aria-valuetext", this.when(day, hour));
  }

  /** A day that is not over has a shorter slider, whose hours stand where those of other days do. */
  #fit(day) {
    const hours = Math.max(this.hoursOf(day), 1);
    this.hour.max = String(hours - 1);
    this.hour.style.marginInlineEnd = `calc(${(100 * (24.5 - hours)) / 24}% - 8px)`; // as in map.css: half an hour, half a thumb
  }

  moved() {
    this.#fit(this.day.value); // the browser takes the hour back to the last that has come
    this.show(this.day.value, Number(this.hour.value));
    this.onChange({ day: this.day.value, hour: Number(this.hour.value) });
  }

  step(by) {
    const last = [...this.day.options].at(-1).value;
    const count = (this.day.options.length - 1) * 24 + Math.max(this.hoursOf(last), 1);
    const next = (this.day.selectedIndex * 24 + Number(this.hour.value) + by + count) % count;
    this.day.selectedIndex = Math.floor(next / 24);
    this.hour.value = String(next % 24);
    this.moved();
  }

  start() {
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.timer = setInterval(() => this.step(1), calm ? CALM_MS : STEP_MS);
    this.showPlaying();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.showPlaying();
  }

  showPlaying() {
    this.play.textContent = this.playing ? this.words.pause : this.words.play;
    this.play.setAttribute("aria-pressed", String(this.playing));
  }

  /** Draw the day's people above the slider, hours with index visits marked. */
  drawCurve(day) {
    drawBars(find("time-curve"), day.totals(), { chosen: Number(this.hour.value), marked: (hour) => day.visits[hour] > 0, high: 32 });
  }
}
