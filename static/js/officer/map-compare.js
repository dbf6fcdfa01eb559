// Two times of one figure: each as it is, or what changed between them.

import { bothSides, changeOf, classify, stepsOf } from "/static/js/officer/map-day.js";
import { unitColumn } from "/static/js/officer/map-layers-run.js";
import { signed } from "/static/js/officer/map-numbers.js";

export const VIEWS = ["side", "base", "now", "change"];
export const MEASURES = ["population", "surge"];
const wide = window.matchMedia("(min-width: 1024px)");

/** How the two times are shown: side by side where there is room, else one of them. */
export const viewOf = ({ view }) => (view === "side" && !wide.matches ? "now" : (view || (wide.matches ? "side" : "now")));

const FIRST_STEP = 1; // nobody counts fewer people
function stepsFor(c) {
  const { bounds } = c.page.layers[c.state.measure];
  if (c.state.measure === "surge") return stepsOf(bounds, 3);
  return [bounds[1] / 2, bounds[4] / 2, bounds[7] / 2].map((bound) => Math.max(FIRST_STEP, Math.round(bound)));
}

/** Make the layer of two times; `single`: the layers of one time by name, `changeLegend`: words of a change. */
export function compareOf(single, changeLegend) {
  const now = (c) => single[c.state.measure].classes(c);
  const base = (c) => single[c.state.measure].classes({ ...c, day: c.base, state: { ...c.state, hour: c.state.baseHour } });
  const change = (c) => {
    const { measure, hour, baseHour } = c.state;
    const rows = changeOf(c.day.row(measure, hour), c.base.row(measure, baseHour));
    return classify(rows, bothSides(stepsFor(c)), c.page.layers[measure].scale, c.units.count);
  };
  return {
    needs: "population",
    base,
    looks: (c) => (viewOf(c.state) === "change" ? "compare" : c.state.measure),
    classes: (c) => ({ side: now, now, base, change })[viewOf(c.state)](c),
    legend: (c) => (viewOf(c.state) === "change" ? changeLegend(c.words.legend.change, stepsFor(c), c.words.legend) : single[c.state.measure].legend(c)),
    table: (c) => {
      const { measure, hour, baseHour } = c.state;
      const words = c.words.table;
      const text = measure === "surge" ? signed : undefined;
      const before = (unit) => c.base.value(measure, baseHour, unit);
      const after = (unit) => c.day.value(measure, hour, unit);
      const value = (unit) => (before(unit) === null || after(unit) === null ? null : after(unit) - before(unit));
      const order = (unit) => (value(unit) === null ? null : Math.abs(value(unit)));
      const columns = [
        unitColumn(c),
        { key: "change", label: words.change, number: true, value, order, text: signed },
        { key: "base", label: words.base, number: true, value: before, text },
        { key: "now", label: words.now, number: true, value: after, text },
      ];
      return { rows: [...c.units.codes.keys()], columns, unit: (row) => row, start: "change" };
    },
  };
}
