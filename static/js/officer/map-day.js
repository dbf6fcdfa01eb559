// The figures of one day: rows of numbers for the layers by hour, and the hours in which something was logged.

const [MISSING, MASKED] = [-32768, -32767];

/** How many hours of a day have come: 24, but of the day that is not over. */
export const hoursOf = (page, day) => (page.going_on?.day === day ? page.going_on.hours : 24);

export class Day {
  /** `meta`: scale and bounds by layer; `arrays`: 24 rows by layer; `events`: events/DAY.json; `hours` that have come. */
  constructor(name, meta, arrays, events, hours = 24) {
    Object.assign(this, { name, meta, arrays, events, hours });
    this.wide = Object.values(arrays)[0].length / 24;
    this.visitsAt = byHour(events.index_visits);
    this.entriesAt = byHour(events.entries);
    this.visits = this.visitsAt.map((units) => [...units.values()].reduce((sum, count) => sum + count, 0));
  }

  has(layer) {
    return layer in this.arrays;
  }

  row(layer, hour) {
    return this.arrays[layer].subarray(hour * this.wide, (hour + 1) * this.wide);
  }

  value(layer, hour, unit) {
    if (!this.has(layer) || unit >= this.wide) return null;
    const value = this.arrays[layer][hour * this.wide + unit];
    return value <= MASKED ? null : value / this.meta[layer].scale;
  }

  /** Why a unit has no people in an hour. */
  why(hour, unit) {
    if (hour >= this.hours) return "not_yet";
    return unit < this.wide && this.arrays.population[hour * this.wide + unit] === MASKED ? "masked" : "absent";
  }

  usual(hour, unit) {
    const [people, difference] = [this.value("population", hour, unit), this.value("difference", hour, unit)];
    return people === null || difference === null ? null : people - difference;
  }

  /** On how many days of the same kind the usual of an hour rests; null where the run does not say. */
  restsOn(hour, unit) {
    return this.value("rests_on", hour, unit);
  }

  /** People of the whole city by hour. */
  totals() {
    this.summed ??= Array.from({ length: 24 }, (_, hour) => {
      let sum = 0;
      for (const value of this.row("population", hour)) if (value > MASKED) sum += value;
      return sum / this.meta.population.scale;
    });
    return this.summed;
  }
}

function byHour(rows) {
  const hours = Array.from({ length: 24 }, () => new Map());
  for (const [unit, hour, count] of rows) hours[hour].set(unit, count);
  return hours;
}

/** Put every unit into a class: 0 without a figure, else one more than the number of bounds it lies above. */
export function classify(row, bounds, scale, count) {
  const classes = new Uint8Array(count);
  const steps = Float64Array.from(bounds, (bound) => bound * scale);
  for (let unit = 0; unit < row.length; unit += 1) {
    const value = row[unit];
    if (value <= MASKED) continue;
    let reached = 0;
    while (reached < steps.length && value > steps[reached]) reached += 1;
    classes[unit] = reached + 1;
  }
  return classes;
}

/** Subtract row by row; a unit that lacks either has no figure. */
export function changeOf(now, before) {
  const change = new Int32Array(now.length);
  for (let unit = 0; unit < now.length; unit += 1) {
    change[unit] = now[unit] <= MASKED || before[unit] <= MASKED ? MISSING : now[unit] - before[unit];
  }
  return change;
}

/** `count` rising steps above zero out of bounds that may lie on both sides of it. */
export function stepsOf(bounds, count) {
  const found = [...new Set(bounds.map(Math.abs).filter((bound) => bound > 0))].sort((a, b) => a - b);
  if (found.length < count) return Array.from({ length: count }, (_, at) => (found.at(-1) ?? 10) * 2 ** (at - count + 1));
  return Array.from({ length: count }, (_, at) => found[Math.round(((at + 1) * found.length) / count) - 1]);
}

/** The same steps on both sides of zero. */
export const bothSides = (steps) => [...steps.map((step) => -step).reverse(), ...steps];
