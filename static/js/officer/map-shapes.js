// Where units lie: a grid of cells, or outlines of any shape. Both say where a unit is, and paint which unit a
// pixel of the map belongs to. Nothing here knows what the units mean.

const DEGREE = Math.PI / 180;

/** Longitude of a pixel column, latitude of a pixel row (Web Mercator); `view.scale` is the world's width in pixels. */
const longitude = (view, x) => ((view.left + x) / view.scale - 0.5) * 360;
const latitude = (view, y) => Math.atan(Math.sinh(Math.PI * (1 - (2 * (view.top + y)) / view.scale))) / DEGREE;
const pixelX = (view, lng) => (lng / 360 + 0.5) * view.scale - view.left;
const pixelY = (view, lat) => (0.5 - Math.asinh(Math.tan(lat * DEGREE)) / (2 * Math.PI)) * view.scale - view.top;

export function shapesOf(sent) {
  return sent.kind === "cells" ? new Grid(sent) : new Outlines(sent);
}

class Shapes {
  /** The unit that a place lies in, -1 where none does: one pixel of a very fine map. */
  at(lat, lng) {
    const world = { left: 0, top: 0, scale: 2 ** 30 };
    const view = { left: pixelX(world, lng) - 0.5, top: pixelY(world, lat) - 0.5, scale: world.scale, width: 1, height: 1 };
    const found = new Int32Array(1);
    this.paint(view, found);
    return found[0];
  }
}

const LETTERS = "가나다라마바사아자차카타파하";
const [WEST, SOUTH, SQUARE] = [700_000, 1_300_000, 100_000];

class Grid extends Shapes {
  constructor(sent) {
    super();
    Object.assign(this, sent);
    const [columns, rows] = [[], []];
    for (const [column, row, count] of sent.runs) {
      for (let step = 0; step < count; step += 1) {
        columns.push(column);
        rows.push(row + step);
      }
    }
    [this.columns, this.rows, this.count] = [Int16Array.from(columns), Int16Array.from(rows), columns.length];
    this.wide = Math.max(...columns) + 1;
    this.high = Math.max(...rows) + 1;
    this.unit = new Int32Array(this.wide * this.high).fill(-1);
    columns.forEach((column, index) => (this.unit[rows[index] * this.wide + column] = index));
  }

  code(index) {
    const [east, north] = [this.origin[0] + this.columns[index] * this.size, this.origin[1] + this.rows[index] * this.size];
    const letters = [Math.floor((east - WEST) / SQUARE), Math.floor((north - SOUTH) / SQUARE)].map((at) => LETTERS[at]);
    const digits = [(east - WEST) % SQUARE, (north - SOUTH) % SQUARE].map((metres) => String(metres / 10).padStart(4, "0"));
    return letters.join("") + digits.join("");
  }

  /** [lat, lng] of a point of the grid, in columns and rows. */
  place(column, row) {
    const [x, y] = [column - this.home[0], row - this.home[1]];
    const [lng, lat] = this.to_degrees.map((c) => c[0] + c[1] * x + c[2] * y + c[3] * x * x + c[4] * x * y + c[5] * y * y);
    return [this.centre[1] + lat, this.centre[0] + lng];
  }

  middle(index) {
    return this.place(this.columns[index] + 0.5, this.rows[index] + 0.5);
  }

  rings(index) {
    const [column, row] = [this.columns[index], this.rows[index]];
    return [[this.place(column, row), this.place(column + 1, row), this.place(column + 1, row + 1), this.place(column, row + 1)]];
  }

  /** Write into `out` (a pixel each, row by row) the unit that the middle of each pixel lies in, -1 where none does. */
  paint(view, out) {
    const [i, j] = this.to_grid;
    let at = 0;
    for (let y = 0; y < view.height; y += 1) {
      const v = latitude(view, y + 0.5) - this.centre[1];
      const [i0, i1] = [this.home[0] + i[0] + i[2] * v + i[5] * v * v, i[1] + i[4] * v];
      const [j0, j1] = [this.home[1] + j[0] + j[2] * v + j[5] * v * v, j[1] + j[4] * v];
      for (let x = 0; x < view.width; x += 1) {
        const u = longitude(view, x + 0.5) - this.centre[0];
        const column = Math.floor(i0 + u * (i1 + i[3] * u));
        const row = Math.floor(j0 + u * (j1 + j[3] * u));
        const inside = column >= 0 && row >= 0 && column < this.wide && row < this.high;
        out[at++] = inside ? this.unit[row * this.wide + column] : -1;
      }
    }
  }
}

class Outlines extends Shapes {
  constructor(sent) {
    super();
    this.codes = sent.codes;
    this.count = sent.codes.length;
    this.outlines = sent.rings.map((rings) => rings.map((steps) => unpack(steps, sent.step)));
    this.middles = this.outlines.map((rings) => {
      const all = rings[0];
      const [low, high] = [0, 1].map((axis) => all.map((point) => point[axis])).map((values) => [Math.min(...values), Math.max(...values)]);
      return [(low[0] + low[1]) / 2, (high[0] + high[1]) / 2];
    });
  }

  code(index) {
    return this.codes[index];
  }

  middle(index) {
    return this.middles[index];
  }

  rings(index) {
    return this.outlines[index];
  }

  paint(view, out) {
    out.fill(-1);
    this.outlines.forEach((rings, index) => {
      const drawn = rings.map((ring) => ring.map(([lat, lng]) => [pixelX(view, lng), pixelY(view, lat)]));
      fillEvenOdd(drawn, view, (from, to) => out.fill(index, from, to));
    });
  }
}

function unpack(steps, unit) {
  const ring = [];
  let [lng, lat] = [0, 0];
  for (let at = 0; at < steps.length; at += 2) {
    [lng, lat] = [lng + steps[at], lat + steps[at + 1]];
    ring.push([lat / unit, lng / unit]);
  }
  return ring;
}

/** Call `fill(from, to)` with every stretch of pixels whose middles lie inside the rings (even-odd: holes stay open). */
function fillEvenOdd(rings, view, fill) {
  const ys = rings.flat().map(([, y]) => y);
  const [first, last] = [Math.max(0, Math.ceil(Math.min(...ys) - 0.5)), Math.min(view.height - 1, Math.floor(Math.max(...ys) - 0.5))];
  for (let y = first; y <= last; y += 1) {
    const cuts = [];
    for (const ring of rings) {
      ring.forEach(([x2, y2], at) => {
        const [x1, y1] = ring[at === 0 ? ring.length - 1 : at - 1];
        if (y1 <= y + 0.5 !== y2 <= y + 0.5) cuts.push(x1 + ((y + 0.5 - y1) / (y2 - y1)) * (x2 - x1));
      });
    }
    cuts.sort((a, b) => a - b);
    for (let at = 0; at + 1 < cuts.length; at += 2) {
      const [from, to] = [Math.max(0, Math.ceil(cuts[at] - 0.5)), Math.min(view.width, Math.ceil(cuts[at + 1] - 0.5))];
      if (from < to) fill(y * view.width + from, y * view.width + to);
    }
  }
}
