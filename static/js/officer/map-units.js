// The units of a run: their names, verdicts and figures, and which one lies next to another.

import { shapesOf } from "/static/js/officer/map-shapes.js";

export const VERDICT = { NONE: 0, BOTH: 1, SCAN_ONLY: 2, GI_ONLY: 3, NEITHER: 4 };
const AGREEMENTS = { both: VERDICT.BOTH, scan_only: VERDICT.SCAN_ONLY, gi_only: VERDICT.GI_ONLY, neither: VERDICT.NEITHER };

export class Units {
  /** `sent`: units.json; `alpha`: the level of the run. */
  constructor(sent, alpha) {
    this.sent = sent;
    this.alpha = alpha;
    this.shapes = shapesOf(sent.shapes);
    this.count = this.shapes.count;
    this.toldAt = new Map(sent.told.map((unit, at) => [unit, at]));
    this.codes = Array.from({ length: this.count }, (_, index) => this.shapes.code(index));
    this.places = new Map(this.codes.map((code, index) => [code, index]));
    this.verdicts = Uint8Array.from(this.codes, (_, index) => this.#verdict(index));
    this.hot = this.codes.map((_, index) => index).filter((index) => this.status(index) === "hot");
  }

  find(code) {
    return this.places.get(code) ?? -1;
  }

  name(index) {
    const { templates, of } = this.sent.names;
    return templates[of[index]].replace("{}", this.codes[index]) || this.codes[index];
  }

  status(index) {
    return this.sent.statuses[this.sent.status[index]];
  }

  reason(index) {
    return this.sent.reasons[this.sent.reason[index]];
  }

  /** One figure of a unit, null where the run has none. */
  figure(name, index) {
    const at = this.toldAt.get(index);
    return at === undefined ? null : this.sent.figures[name][at];
  }

  #verdict(index) {
    if (this.status(index) === "no data") return VERDICT.NONE;
    const said = this.sent.agreements?.[this.sent.agreement[index]];
    if (said) return AGREEMENTS[said];
    const [q, z] = [this.figure("q", index), this.figure("z", index)];
    const gi = q !== null && q <= this.alpha && z > 0;
    if (this.status(index) === "hot") return gi ? VERDICT.BOTH : VERDICT.SCAN_ONLY;
    return gi ? VERDICT.GI_ONLY : VERDICT.NEITHER;
  }

  /** The nearest unit in a direction (-1, 0, 1 eastwards and northwards), the unit itself at the edge. */
  beside(index, east, north) {
    const [lat, lng] = this.shapes.middle(index);
    const squeeze = Math.cos((lat * Math.PI) / 180);
    let [best, least] = [index, Infinity];
    for (let other = 0; other < this.count; other += 1) {
      const [lat2, lng2] = this.shapes.middle(other);
      const [x, y] = [(lng2 - lng) * squeeze, lat2 - lat];
      const [along, across] = [x * east + y * north, Math.abs(x * north) + Math.abs(y * east)];
      if (along > 1e-7 && across <= along && along + 2 * across < least) [best, least] = [other, along + 2 * across];
    }
    return best;
  }
}
