// What each layer of the map is: how units fall into classes, what the legend says, which columns its table has.
// A layer is { needs, classes(c), legend(c), table(c), points?(c) }; `c` is everything known (map.js).

import { compareOf } from "/static/js/officer/map-compare.js";
import { bothSides, classify, stepsOf } from "/static/js/officer/map-day.js";
import { RUN_LAYERS, unitColumn } from "/static/js/officer/map-layers-run.js";
import { count, fill, short, signed } from "/static/js/officer/map-numbers.js";

const whole = (value) => (Math.abs(value) < 10 ? short(value) : count(value));

/** Words of seven classes about no change. */
function changeLegend(names, steps, words) {
  const [a, b, c] = steps.map(whole);
  const ranges = [
    [words.less, { low: c }], [words.shrink, { low: b, high: c }], [words.shrink, { low: a, high: b }], [words.same, { high: a }],
    [words.grow, { low: a, high: b }], [words.grow, { low: b, high: c }], [words.more, { low: c }],
  ];
  const lines = ranges.map(([range, figures], at) => ({ look: at + 1, name: names[at], range: fill(range, figures) }));
  return [...lines.reverse(), { look: 0, name: words.not_compared }];
}

/** The table of a layer by hour: every unit, with these columns after its name. */
function hourTable(c, columns) {
  return { rows: [...c.units.codes.keys()], columns: [unitColumn(c), ...columns], unit: (row) => row, start: columns[0].key };
}

const peopleColumn = (c, key = "people", day = c.day, hour = c.state.hour) => ({
  key, label: c.words.table[key], number: true, value: (unit) => day.value("population", hour, unit),
});

const population = {
  needs: "population",
  classes: (c) => classify(c.day.row("population", c.state.hour), c.page.layers.population.bounds, c.page.layers.population.scale, c.units.count),
  legend: (c) => {
    const [words, bounds] = [c.words.legend, c.page.layers.population.bounds.map(whole)];
    const lines = c.words.grades.map((name, at) => {
      const range = at === 0 ? words.people_under : at === bounds.length ? words.people_over : words.people;
      return { look: at + 1, name: `${at + 1} ${name}`, range: fill(range, { low: bounds[at - 1], high: bounds[at] }) };
    });
    return [...lines.reverse(), { look: 0, name: words.none }];
  },
  hint: (c) => c.words.legend.outline,
  table: (c) => {
    const classes = population.classes(c);
    const grade = { key: "grade", label: c.words.table.grade, number: true, value: (unit) => classes[unit] || null };
    return hourTable(c, [peopleColumn(c), grade]);
  },
};

const surgeSteps = (c) => [0, ...stepsOf(c.page.layers.surge.bounds.filter((bound) => bound > 0), 4)]; // any rise, and four bounds
const surge = {
  needs: "surge",
  classes: (c) => classify(c.day.row("surge", c.state.hour), surgeSteps(c), c.page.layers.surge.scale, c.units.count),
  legend: (c) => {
    const [words, steps] = [c.words.legend, surgeSteps(c).map(whole)];
    const lines = words.surge_names.map((name, at) => {
      const range = at === steps.length - 1 ? words.more : words.grow;
      return { look: at + 2, name, range: fill(range, { low: steps[at], high: steps[at + 1] }) };
    });
    return [...lines.reverse(), { look: 1, name: words.surge_none }, { look: 0, name: words.none }];
  },
  table: (c) => {
    const rise = { key: "surge", label: c.words.table.surge, number: true, value: (unit) => c.day.value("surge", c.state.hour, unit), text: signed };
    return hourTable(c, [rise, peopleColumn(c)]);
  },
};

const differenceSteps = (c) => stepsOf(c.page.layers.difference.bounds, 3);
const difference = {
  needs: "difference",
  classes: (c) => classify(c.day.row("difference", c.state.hour), bothSides(differenceSteps(c)), c.page.layers.difference.scale, c.units.count),
  legend: (c) => {
    const words = c.words.legend;
    const names = [words.much_less, words.less_name, words.slightly_less, words.usual, words.slightly_more, words.more_name, words.much_more];
    return changeLegend(names, differenceSteps(c), words);
  },
  hint: (c) => (c.page.compared[c.state.day] === undefined ? "" : fill(c.words.legend.rests_on, { days: count(c.page.compared[c.state.day]) })),
  table: (c) => {
    const value = (unit) => c.day.value("difference", c.state.hour, unit);
    const columns = [{ key: "difference", label: c.words.table.difference, number: true, value, text: signed }];
    columns.push({ key: "usual", label: c.words.table.usual, number: true, value: (unit) => c.day.usual(c.state.hour, unit) });
    if (c.day.has("rests_on")) columns.push({ key: "rests_on", label: c.words.table.rests_on, number: true, value: (unit) => c.day.restsOn(c.state.hour, unit) });
    return hourTable(c, [...columns, peopleColumn(c)]);
  },
};

const compare = compareOf({ population, surge }, changeLegend);

export const LAYERS = { ...RUN_LAYERS, population, surge, difference, compare };

/** Say why a layer cannot be drawn, or nothing where it can. */
export function absence(id, page) {
  const { needs } = LAYERS[id];
  const layer = page.words.layers[id];
  if (needs === "population" && !page.layers.population) return fill(page.words.absent.hours, { layer });
  return page.absent.includes(needs) ? fill(page.words.absent.any, { layer }) : "";
}
