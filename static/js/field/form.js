// The form of one stop: what was done there. What is typed is kept on the phone at once, so that a reload loses nothing.

import { dayOf, dayText, hourMinute, momentOf } from "./times.js";

const NUMBERS = [/(?<!\d)(?:\+?82[\s.\-–)]*)?\(?0?1[016789][\s.)·\-–]*\d{3,4}[\s.)·\-–]*\d{4}(?!\d)/, /(?<!\d)\d{2}[가-힣]\d{2}[가-힣](?![가-힣])/, /(?<!\d)\d{6}\s*-\s*[1-8]\d{6}(?!\d)/];

export class StopForm {
  /** `save(told)` gets what the form tells; `draft(values)` what stands in it, at every change. */
  constructor({ stop, page, agent, values, now, save, draft }) {
    Object.assign(this, { stop, page, now, save, draft });
    this.node = document.getElementById("form").content.cloneNode(true).firstElementChild;
    this.exact = {}; // moments that a button noted: more exact than what the inputs show
    this.#fill(values ?? this.#usual(agent));
    this.node.addEventListener("input", ({ target }) => this.#changed(target));
    this.node.addEventListener("submit", (event) => this.#submit(event));
    for (const button of this.node.querySelectorAll("[data-now]")) button.addEventListener("click", () => this.#stamp(button.dataset.now));
    this.#show();
  }

  #usual(agent) {
    if (this.stop.kind !== "disinfect") return { state: "done" };
    return { state: "done", agent, ppm: agent === this.page.rules.hypochlorite ? String(this.page.rules.strong) : "" };
  }

  values() {
    const data = new FormData(this.node);
    return { ...Object.fromEntries(data), surfaces: data.getAll("surfaces"), exact: this.exact };
  }

  #fill({ surfaces = [], exact = {}, ...values }) {
    this.exact = exact;
    for (const [name, value] of Object.entries(values)) {
      const field = this.node.elements[name];
      if (field) field.value = value ?? "";
    }
    for (const box of this.node.querySelectorAll('[name="surfaces"]')) box.checked = surfaces.includes(box.value);
  }

  #stamp(name) {
    const at = this.now();
    this.node.elements[name].value = hourMinute(at);
    this.exact[name] = at;
    const field = this.node.elements[name];
    document.getElementById("said").textContent = `${field.labels[0].textContent.trim()} ${field.value}`; // a value that a button sets is not said
    this.draft(this.values());
  }

  #changed(target) {
    delete this.exact[target.name];
    if (target.name === "agent") {
      const strong = target.value === this.page.rules.hypochlorite;
      this.node.elements.ppm.value = strong ? String(this.page.rules.strong) : "";
    }
    this.#show();
    this.draft(this.values());
  }

  #show() {
    const { state, agent, ppm } = this.values();
    const own = ({ dataset }) => !dataset.only || dataset.only === this.stop.kind;
    for (const part of this.node.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
    for (const part of this.node.querySelectorAll("[data-only]")) part.hidden = !own(part);
    const says = this.node.querySelector('[data-part="reopens"]');
    says.hidden = !own(says) || !agent;
    const { rules, words, language } = this.page;
    const closed = agent === rules.hypochlorite && Number(ppm) >= rules.strong;
    says.textContent = closed ? words.reopens.replace("{day}", dayText(dayOf(this.now(), 1), language)) : words.agreement;
  }

  #submit(event) {
    event.preventDefault();
    const wrong = this.#wrong(this.values());
    const place = this.node.querySelector("[data-error]");
    place.hidden = !wrong;
    place.textContent = wrong ? this.page.words.errors[wrong] : "";
    if (wrong) place.scrollIntoView({ block: "center" });
    else this.save(this.#told(this.values()));
  }

  #times({ started, ended }) {
    const now = this.now();
    const end = ended ? (this.exact.ended ?? momentOf(ended, now)) : now;
    return { start: started ? (this.exact.started ?? momentOf(started, end)) : NaN, end };
  }

  /** Return what is wrong with what stands in the form, or null. */
  #wrong(values) {
    const { state, agent, ppm, surfaces, obstacle, remark } = values;
    const disinfects = state === "done" && this.stop.kind === "disinfect";
    const { start, end } = this.#times(values);
    if (!state) return "state";
    if (state === "could_not" && !obstacle) return "obstacle";
    if (disinfects && !agent) return "agent";
    if (disinfects && agent === this.page.rules.hypochlorite && !(Number(ppm) >= 1)) return "ppm";
    if (disinfects && !surfaces.length) return "surfaces";
    if (state === "done" && !(start <= end)) return "times";
    if (NUMBERS.some((pattern) => pattern.test(remark.normalize("NFC")))) return "remark";
    return null;
  }

  #told(values) {
    const { state, agent, ppm, surfaces, aired_minutes: aired, obstacle, remark } = values;
    const done = state === "done";
    const disinfects = done && this.stop.kind === "disinfect";
    const { start, end } = this.#times(values);
    const iso = (at) => new Date(at).toISOString();
    return {
      stop_id: this.stop.stop_id,
      state,
      started_at: iso(start <= end ? start : end),
      ended_at: iso(end),
      agent: disinfects ? agent : "",
      ppm: disinfects && ppm ? Math.round(Number(ppm)) : null,
      surfaces: disinfects ? surfaces : [],
      aired_minutes: done && aired ? Math.round(Number(aired)) : null,
      obstacle: done ? "" : obstacle,
      remark: remark.trim(),
    };
  }
}
