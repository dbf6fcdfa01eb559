// The list of stops: one card each, with its state and, opened, its form.

import { StopForm } from "./form.js";
import { dayOf, dayText, hourMinute } from "./times.js";

const TONES = { done: "badge-success", could_not: "badge-danger", waiting_done: "badge-info", waiting_could_not: "badge-info", refused: "badge-danger", draft: "badge-warning", gone: "badge-warning" };

export class Cards {
  #cards = new Map(); // stop_id → { node, form }

  /** `c`: page, list, now(), drafts; `save(stop, told)` and `keepDraft(stop, values)` do what they say. */
  constructor(c) {
    this.c = c;
  }

  /** Show the stops; an open form stays open with what stands in it. */
  show(stops, { agent = "", day = "" }, stateOf) {
    const gone = new Set(this.#cards.keys());
    Object.assign(this, { agent, day });
    for (const stop of stops) {
      gone.delete(stop.stop_id);
      const card = this.#cards.get(stop.stop_id) ?? this.#make(stop);
      card.stop = stop;
      this.#fill(card, stateOf(stop));
      this.c.list.append(card.node);
    }
    for (const name of gone) {
      this.#cards.get(name).node.remove();
      this.#cards.delete(name);
    }
  }

  close(stopId) {
    const card = this.#cards.get(stopId);
    if (card?.form) this.#toggle(card);
  }

  #make(stop) {
    const node = document.getElementById("card").content.cloneNode(true).firstElementChild;
    const card = { node, stop, form: null, part: (name) => node.querySelector(`[data-part="${name}"]`) };
    node.dataset.stop = stop.stop_id;
    card.part("open").addEventListener("click", () => this.#toggle(card));
    this.#cards.set(stop.stop_id, card);
    return card;
  }

  #fill(card, { state, note, problem }) {
    const { words } = this.c.page;
    const { stop, node, part } = card;
    const begun = state === "planned" && this.c.drafts.has(stop.stop_id) ? "draft" : state;
    const drafted = begun === "planned" && stop.gone ? "gone" : begun;
    node.querySelector(".field-number").textContent = stop.gone ? "–" : stop.order;
    node.classList.toggle("field-gone", Boolean(stop.gone));
    node.querySelector("h2").textContent = stop.name || `${words.visit} ${stop.unit_code ?? ""}`;
    part("address").textContent = stop.address;
    part("times").textContent = this.#times(stop);
    const pill = part("state");
    pill.textContent = words.states[drafted];
    pill.className = `badge ${TONES[drafted] ?? ""}`;
    node.dataset.state = state;
    const said = this.#note(note, problem);
    part("note").hidden = !said;
    part("note").textContent = said;
    part("map").href = `geo:${stop.lat},${stop.lon}?q=${stop.lat},${stop.lon}`;
    card.fresh = state === "planned";
    if (!card.form) this.#label(card);
  }

  #label(card) {
    const { words } = this.c.page;
    const open = card.part("open");
    open.textContent = card.form ? words.close : card.fresh ? words.open : words.again;
    open.setAttribute("aria-expanded", String(card.form !== null));
    for (const one of [open, card.part("map")]) one.ariaLabel = `${one.textContent.trim()}: ${card.node.querySelector("h2").textContent}`;
    open.classList.toggle("button-primary", card.fresh && !card.form);
  }

  #times({ arrive, leave, open_from: from, open_until: until }) {
    const { words } = this.c.page;
    const span = arrive && `${hourMinute(arrive)}–${hourMinute(leave)}`;
    const planned = !span ? words.no_time : dayOf(Date.parse(arrive)) > this.day ? words.next_day.replace("{span}", span) : span;
    if (!from) return planned;
    return `${planned} · ${words.open_hours.replace("{from}", hourMinute(from)).replace("{until}", hourMinute(until))}`;
  }

  #note(note, problem) {
    const { words, obstacles, language } = this.c.page;
    if (problem) return words.refused.replace("{reason}", problem);
    if (!note) return "";
    const time = hourMinute(note.ended_at);
    if (note.state === "could_not") return words.stopped.replace("{time}", time).replace("{reason}", obstacles[note.obstacle] ?? "");
    const ended = words.ended.replace("{time}", time);
    if (note.reopens === undefined || note.visit) return ended; // not sent yet, or nothing that was closed
    const again = note.reopens ? words.reopens_short.replace("{day}", dayText(note.reopens, language)) : words.agreement_short;
    return `${ended} · ${again}`;
  }

  #toggle(card) {
    const place = card.part("form");
    if (card.form) card.form = null;
    else {
      const { page, now, drafts, save, keepDraft } = this.c;
      card.form = new StopForm({
        stop: card.stop,
        page,
        agent: this.agent,
        values: drafts.get(card.stop.stop_id),
        now,
        save: (told) => save(card.stop, told),
        draft: (values) => keepDraft(card.stop, values),
      });
    }
    place.replaceChildren(...(card.form ? [card.form.node] : []));
    this.#label(card);
    if (card.form) card.form.node.querySelector("input").focus({ preventScroll: true });
  }
}
