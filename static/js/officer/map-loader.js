// Fetches what a view needs, no sooner and no more: the layer shown first, what the panel tells beside it after.

import { Day, hoursOf } from "/static/js/officer/map-day.js";
import { RunData } from "/static/js/officer/map-data.js";
import { LAYERS, absence } from "/static/js/officer/map-layers.js";
import { Units } from "/static/js/officer/map-units.js";

export class Loader {
  /** `c`: everything known (map.js); what is fetched is put there. */
  constructor(c) {
    Object.assign(this, { c, turn: 0, days: new Map() });
  }

  /** Take the units of a run. */
  async take(page) {
    const data = new RunData(page.version);
    const units = new Units(await data.units(), page.alpha);
    Object.assign(this, { data, turn: this.turn + 1, days: new Map() });
    Object.assign(this.c, { units, day: null, base: null, facilities: [], tables: {}, classes: {} });
  }

  drawable() {
    const { state, page } = this.c;
    return !absence(state.layer, page) || LAYERS[state.layer].part === true;
  }

  /** Fetch what the layer shown needs; false when something else was asked for meanwhile. */
  async forLayer() {
    const { c } = this;
    const turn = (this.turn += 1);
    const { layer, day, baseDay, measure } = c.state;
    const needs = layer === "compare" ? measure : LAYERS[layer].needs;
    const wanted = [needs in c.page.layers ? this.day(day, needs) : null, layer === "compare" ? this.day(baseDay, needs) : null];
    const table = ["coverage", "emerging"].includes(layer) ? this.table(needs) : null;
    const points = LAYERS[layer].points ? this.facilities() : null;
    const [now, base] = await Promise.all([...wanted, table, points]);
    if (turn !== this.turn) return false;
    if (now) c.day = now;
    else if (c.day?.name !== day) c.day = null; // figures of another day are not this one's
    c.base = base ?? c.base;
    return true;
  }

  /** Fetch what the panel tells; the map is drawn already. False when something else was asked for meanwhile. */
  async forPanel() {
    const { c, turn } = this;
    const layers = Object.keys(c.page.layers);
    if (layers.length) {
      const day = await this.day(c.state.day, ...layers);
      if (turn !== this.turn) return false;
      c.day = day;
    }
    await Promise.all([this.table("blind_spots"), this.table("emerging"), this.facilities()]);
    return turn === this.turn;
  }

  /** Fetch the day after the one shown, so that playing on does not wait. */
  ahead() {
    const { page, state } = this.c;
    const next = page.days[page.days.indexOf(state.day) + 1];
    const needs = LAYERS[state.layer].needs;
    if (next && needs in page.layers) this.day(next, needs).catch(() => {}); // asked for again when it is needed
  }

  /** One day with at least these layers and its people. */
  async day(name, ...layers) {
    const [{ page }, { data, days }] = [this.c, this]; // of the run that was asked: a new one may come meanwhile
    const wanted = [...new Set(["population", ...layers])].filter((layer) => layer in page.layers);
    const [events, ...arrays] = await Promise.all([data.events(name), ...wanted.map((layer) => data.layer(layer, name))]);
    const known = days.get(name) ?? new Day(name, page.layers, { [wanted[0]]: arrays[0] }, events, hoursOf(page, name));
    wanted.forEach((layer, at) => (known.arrays[layer] = arrays[at]));
    days.delete(name);
    days.set(name, known);
    if (days.size > 8) days.delete(days.keys().next().value);
    return known;
  }

  async table(name) {
    this.c.tables[name] = this.c.page.absent.includes(name) ? { unit: [], columns: {} } : await this.data.table(name);
  }

  async facilities() {
    if (this.c.facilities.length) return;
    const { data } = this;
    this.#place(data, await data.facilities());
  }

  /** Take what changed of the facilities since; false when nothing did. */
  async renew() {
    if (!this.c.facilities.length) return false;
    const { data } = this;
    const found = await data.changedFacilities();
    return found !== null && this.#place(data, found);
  }

  #place(data, found) {
    if (data !== this.data) return false; // a new run has come, and asks for its own
    const { units } = this.c;
    this.c.facilities = found.map((one) => ({ ...one, unit: one.unit_code ? units.find(one.unit_code) : units.shapes.at(one.lat, one.lon) }));
    return true;
  }
}
