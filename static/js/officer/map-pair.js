// A second map beside the first, of the same units at another time. Both move together, whichever is moved.

import { UnitCanvas } from "/static/js/officer/map-canvas.js";
import { Discs, bareMap, drawBackground } from "/static/js/officer/map-marks.js";

const find = (id) => document.getElementById(id);

export class Pair {
  /** `main`: the page's own map; `decorate` and `choose(unit)`: as there. */
  constructor(main, c, decorate, choose) {
    Object.assign(this, { main, c, decorate, choose, map: null });
  }

  /** Show the second map with classes, tiles and numbered visits, or take it away where there are none. */
  show(shown) {
    const frame = find("map-base-frame");
    if (frame.hidden === Boolean(shown)) {
      frame.hidden = !shown;
      find("map-pair").classList.toggle("side-by-side", Boolean(shown));
      this.main.invalidateSize({ animate: false });
      if (shown && !this.map) this.#make();
      else if (shown) this.map.invalidateSize({ animate: false });
      if (shown) this.#follow(this.main, this.map);
    }
    if (!shown) return;
    this.canvas.show(shown.classes, shown.tiles);
    this.visits.show(shown.visits);
  }

  /** Draw again what lies over the units. */
  draw() {
    if (!find("map-base-frame").hidden) this.canvas.draw();
  }

  /** Take the units of a new run. */
  use(shapes) {
    this.canvas?.use(shapes);
  }

  #make() {
    const { c } = this;
    this.map = bareMap("map-base");
    this.map.setView(this.main.getCenter(), this.main.getZoom(), { animate: false });
    drawBackground(this.map, c.ground, { tiles: c.page.tiles.address });
    this.canvas = new UnitCanvas(c.units.shapes, this.decorate);
    this.map.addLayer(this.canvas);
    this.visits = new Discs(this.map, "visit-mark");
    this.map.on("click", ({ containerPoint }) => this.choose(this.canvas.unitAt(containerPoint)));
    this.main.on("move", () => this.#follow(this.main, this.map));
    this.map.on("move", () => this.#follow(this.map, this.main));
  }

  #follow(from, to) {
    if (this.following || find("map-base-frame").hidden) return;
    this.following = true;
    to.setView(from.getCenter(), from.getZoom(), { animate: false });
    this.following = false;
  }
}
