// The day and hour of the map: a day list, an hour slider with a curve of the day above it, and a play button.

const STEP_MS = 900;

export class TimeControl {
  /** `elements`: day (select), hour (range), label, play, curve (svg); `onChange(day, hour)` after every move. */
  constructor(elements, words, onChange) {
    Object.assign(this, { elements, words, onChange, timer: null, text: "" });
    elements.day.addEventListener("change", () => this.changed());
    elements.hour.addEventListener("input", () => this.changed());
    elements.play.addEventListener("click", () => (this.timer ? this.stop() : this.start()));
    for (const button of [elements.back, elements.forward]) {
      button.addEventListener("click", () => this.step(button === elements.forward ? 1 : -1));
    }
  }

  get day() {
    return this.elements.day.value;
  }

  get hour() {
    return Number(this.elements.hour.value);
  }

  /** Move to an hour and return what `onChange` returns. */
  set(day, hour) {
    this.elements.day.value = day;
    this.elements.hour.value = String(hour);
    return this.changed();
  }

  step(by) {
    const days = [...this.elements.day.options].map((option) => option.value);
    const count = days.length * 24;
    const next = (days.indexOf(this.day) * 24 + this.hour + by + count) % count;
    this.set(days[Math.floor(next / 24)], next % 24);
  }

  start() {
    this.timer = setInterval(() => this.step(1), STEP_MS);
    this.showPlaying(true);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.showPlaying(false);
  }

  showPlaying(playing) {
    this.elements.play.textContent = playing ? this.words.pause : this.words.play;
    this.elements.play.setAttribute("aria-pressed", String(playing));
  }

  changed() {
    const option = this.elements.day.selectedOptions[0];
    const clock = `${String(this.hour).padStart(2, "0")}:00`;
    this.text = `${option.textContent} ${clock}`;
    this.elements.label.textContent = clock;
    this.elements.hour.setAttribute("aria-valuetext", this.text);
    return this.onChange(this.day, this.hour);
  }

  /** Draw the day's people as 24 bars, the chosen hour dark, hours with index visits marked. */
  drawCurve(people, visits) {
    const most = Math.max(...people, 1);
    const bars = people.map((value, hour) => {
      const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const height = (value / most) * 30;
      const kind = hour === this.hour ? "chosen" : visits[hour] ? "visited" : "";
      const place = { x: hour * 10 + 1, y: 32 - height, width: 8, height, class: kind };
      for (const [name, figure] of Object.entries(place)) bar.setAttribute(name, figure);
      return bar;
    });
    this.elements.curve.replaceChildren(...bars);
  }
}
