// The looks of every layer: ten grades, rises, differences, verdicts. Looks that a colour-blind person could take
// for each other differ by pattern too (tests/web/test_map_colours.py measures it).

const NONE = { ground: "#f4f5f6", pattern: "dots", mark: "#b1b8be" };
const plain = (ground) => ({ ground, pattern: "plain", mark: ground });
const all = (...colours) => colours.map(plain);

// The first look of each is "no figure"; the others follow the classes of the layer.
export const LOOKS = {
  // Blue to red, as Korean cities draw crowds.
  population: [NONE, ...all("#313695", "#4575b4", "#74add1", "#abd9e9", "#e0f3f8", "#fee090", "#fdae61", "#f46d43", "#d73027", "#a50026")],
  // Green is where most people came in the last three hours, as Seongnam drew it.
  surge: [NONE, ...all("#f1eef2", "#c3e6bc", "#8acb84", "#4ba553", "#1c7436", "#00401a")],
  difference: [NONE, ...all("#3b1a78", "#8073ac", "#c9c6e2", "#f7f7f7", "#fdd9a5", "#e08214", "#7f3b08")],
  compare: [NONE, ...all("#003c30", "#35978f", "#a6dbd4", "#f5f5f5", "#ecd7a3", "#bf812d", "#543005")],
  coverage: [NONE, ...all("#f7f4fb", "#cfd3e8", "#93b8d8", "#3f8fc0", "#034e7b")],
  hotspots: [
    NONE,
    { ground: "#bd2c0f", pattern: "cross", mark: "#ffd9cf" },
    { ground: "#de3412", pattern: "stripes", mark: "#ffd9cf" },
    { ground: "#fdb366", pattern: "dots", mark: "#7a3b00" },
    plain("#9ec1f7"),
  ],
  ground: [NONE, plain("#e6ebf2")],
  points: all("#ffffff", "#7f0000", "#ef6548", "#fdd49e"),
  emerging: [
    NONE,
    ...families("#d7301f", "#fff0e8", "#7f0000"),
    ...families("#3182bd", "#eaf3fb", "#08306b"),
    plain("#e9ebee"),
  ],
};

/** Eight looks of one colour: new, consecutive, intensifying, persistent, diminishing, sporadic, oscillating, historical. */
function families(colour, light, dark) {
  return [
    plain(colour),
    { ground: colour, pattern: "stripes", mark: light },
    { ground: dark, pattern: "stripes", mark: colour },
    plain(dark),
    { ground: light, pattern: "stripes", mark: colour },
    { ground: light, pattern: "dots", mark: colour },
    { ground: light, pattern: "cross", mark: dark },
    { ground: light, pattern: "back", mark: dark },
  ];
}

const SIDE = 8;
const MARKED = {
  plain: () => false,
  stripes: (x, y) => (x + y) % SIDE < 2,
  back: (x, y) => (x - y + SIDE) % SIDE < 2,
  cross: (x, y) => (x + y) % SIDE < 2 || (x - y + SIDE) % SIDE < 1,
  dots: (x, y) => (x % 4 === 1 || x % 4 === 2) && (y % 4 === 1 || y % 4 === 2) && ((x >> 2) + (y >> 2)) % 2 === 0,
};

function word(colour, alpha) {
  const value = parseInt(colour.slice(1), 16);
  return ((alpha << 24) | ((value & 255) << 16) | (value & 0xff00) | (value >> 16)) >>> 0; // as ImageData lies in memory
}

/** Return 64 pixels a look, as 32-bit words: pixel (x, y) of look n is at n·64 + (y mod 8)·8 + (x mod 8). */
export function tilesOf(looks, alpha) {
  const tiles = new Uint32Array(looks.length * SIDE * SIDE);
  looks.forEach(({ ground, pattern, mark }, number) => {
    const [below, above] = [word(ground, alpha), word(mark, alpha)];
    for (let y = 0; y < SIDE; y += 1) {
      for (let x = 0; x < SIDE; x += 1) tiles[number * 64 + y * SIDE + x] = MARKED[pattern](x, y) ? above : below;
    }
  });
  return tiles;
}

/** Draw a look on a small canvas of the legend. */
export function drawSwatch(canvas, look) {
  const pen = canvas.getContext("2d");
  const picture = pen.createImageData(canvas.width, canvas.height);
  const [tile, pixels] = [tilesOf([look], 255), new Uint32Array(picture.data.buffer)];
  for (let at = 0; at < pixels.length; at += 1) {
    const [x, y] = [at % canvas.width, Math.floor(at / canvas.width)];
    pixels[at] = tile[(y & 7) * SIDE + (x & 7)];
  }
  pen.putImageData(picture, 0, 0);
  pen.strokeStyle = "#6d7882";
  pen.strokeRect(0.5, 0.5, canvas.width - 1, canvas.height - 1);
}
