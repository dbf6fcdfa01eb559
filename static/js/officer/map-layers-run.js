// The layers that are of the run as a whole and not of an hour: verdicts, coverage, patterns, facilities.

import { chance, count, fill, oneDecimal, percent, short } from "/static/js/officer/map-numbers.js";
import { VERDICT } from "/static/js/officer/map-units.js";

const COVERAGE = [0.01, 0.03, 0.1, 0.3];
const PATTERNS = ["new", "consecutive", "intensifying", "persistent", "diminishing", "sporadic", "oscillating", "historical"];
const CATEGORIES = [...PATTERNS.map((name) => `${name}_hot`), ...PATTERNS.map((name) => `${name}_cold`), "no_pattern"];
const WHOLE = new Set(["facilities", "busiest_hour", "people_unseen_then"]);
const STATISTICS = { z: oneDecimal, q: chance, trend_tau: short, trend_p: chance };
const FEW = 10; // blind spots numbered on the map
export const BLIND_SHOWN = FEW;
export const unitColumn = (c) => ({ key: "unit", label: c.words.table.unit, value: (unit) => c.units.name(unit), head: true });
const ground = (c) => new Uint8Array(c.units.count).fill(1);

const hotspots = {
  looks: "hotspots",
  classes: (c) => c.units.verdicts,
  legend: (c) => {
    const words = c.words.legend;
    const counted = (verdict) => fill(words.count, { count: count(c.units.verdicts.filter((one) => one === verdict).length) });
    const lines = [[VERDICT.BOTH, words.both], [VERDICT.SCAN_ONLY, words.scan_only], [VERDICT.GI_ONLY, words.gi_only], [VERDICT.NEITHER, words.neither], [VERDICT.NONE, words.no_data]];
    return [...lines.map(([look, name]) => ({ look, name, range: counted(look) })), { mark: "2", name: words.visits }];
  },
  table: (c) => {
    const { table, legend, status } = c.words;
    const two = { [VERDICT.BOTH]: legend.both, [VERDICT.SCAN_ONLY]: legend.scan_only, [VERDICT.GI_ONLY]: legend.gi_only, [VERDICT.NEITHER]: legend.neither };
    const figure = (key, name, text = short) => ({ key, label: table[key], number: true, value: (unit) => c.units.figure(name, unit), text });
    const columns = [
      unitColumn(c),
      { key: "verdict", label: table.verdict, value: (unit) => status[c.units.status(unit)], badge: (unit) => c.units.status(unit) },
      { key: "agreement", label: table.agreement, value: (unit) => two[c.units.verdicts[unit]] ?? null },
      figure("persons", "distinct_persons", count), figure("visits", "observed", count), figure("expected", "expected"),
      figure("risk", "relative_risk"), figure("low", "ci_low"), figure("high", "ci_high"),
      figure("z", "z", oneDecimal), figure("q", "q", chance), figure("p", "scan_p", chance),
    ];
    const rank = { hot: 0, "not significant": 1, "no data": 2 };
    const rows = [...c.units.codes.keys()].filter((unit) => c.units.toldAt.has(unit));
    const surely = (unit) => c.units.figure("ci_low", unit) ?? -1; // one visit to a quiet place has a high ratio and says little
    rows.sort((a, b) => rank[c.units.status(a)] - rank[c.units.status(b)] || surely(b) - surely(a));
    return { rows, columns, unit: (row) => row };
  },
};

const coverage = {
  looks: "coverage",
  needs: "blind_spots",
  part: true, // without the table it is drawn all the same, but without blind spots
  classes: (c) => {
    const classes = new Uint8Array(c.units.count);
    if (c.page.routes) return classes; // assumed there, not measured
    for (const unit of c.units.toldAt.keys()) {
      const share = c.units.figure("coverage", unit);
      if (share !== null) classes[unit] = 1 + COVERAGE.filter((bound) => share >= bound).length;
    }
    return classes;
  },
  legend: (c) => {
    const [words, bounds] = [c.words.legend, COVERAGE.map(percent)];
    if (c.page.routes) return [{ look: 0, name: words.coverage_assumed }];
    const names = [fill(words.coverage_under, { high: bounds[0] }), ...bounds.slice(0, -1).map((low, at) => fill(words.coverage, { low, high: bounds[at + 1] })), fill(words.coverage_over, { low: bounds.at(-1) })];
    const lines = names.map((name, at) => ({ look: at + 1, name })).reverse();
    const blind = c.tables.blind_spots.unit.length ? [{ mark: "1", kind: "blind-mark", name: words.blind }] : [];
    return [...blind, ...lines, { look: 0, name: words.coverage_none }];
  },
  table: (c) => {
    const { table } = c.words;
    const { unit: units, columns } = c.tables.blind_spots;
    const at = new Map(units.map((unit, place) => [unit, place]));
    const blind = Object.keys(columns).filter((name) => columns[name].some((cell) => cell !== null));
    const ofBlind = (name) => (unit) => (at.has(unit) ? columns[name][at.get(unit)] : null);
    const rank = { key: "blind_rank", label: table.blind_rank, number: true, value: (unit) => (at.has(unit) && columns.gain_person_hours?.[at.get(unit)] !== 0 ? at.get(unit) + 1 : null), text: count };
    const shares = ["coverage", "visitor_coverage"].map((key) => ({ key, label: table[key], number: true, value: (unit) => (c.page.routes ? null : c.units.figure(key, unit)), text: percent }));
    const more = blind.map((key) => ({ key, label: table.columns[key], number: true, value: ofBlind(key), text: key === "share_seen" ? percent : WHOLE.has(key) ? count : short }));
    const rows = [...new Set([...units, ...c.units.toldAt.keys()])];
    return { rows, columns: [unitColumn(c), rank, ...shares, ...more], unit: (row) => row };
  },
};

const emerging = {
  looks: "emerging",
  needs: "emerging",
  categories: (c) => (c.tables.emerging.columns.category ?? []).map((name) => CATEGORIES.indexOf(name) + 1),
  classes: (c) => {
    const classes = new Uint8Array(c.units.count);
    const found = emerging.categories(c);
    c.tables.emerging.unit.forEach((unit, at) => (classes[unit] = found[at]));
    return classes;
  },
  legend: (c) => {
    const times = new Map();
    for (const look of emerging.categories(c)) times.set(look, (times.get(look) ?? 0) + 1);
    const seen = [...times].filter(([look]) => look > 0).sort(([a], [b]) => a - b);
    const lines = seen.map(([look, many]) => ({ look, name: c.words.patterns[CATEGORIES[look - 1]], range: fill(c.words.legend.count, { count: count(many) }) }));
    return [...lines, { look: 0, name: c.words.status["no data"] }];
  },
  table: (c) => {
    const { unit: units, columns } = c.tables.emerging;
    const found = emerging.categories(c);
    const figures = Object.keys(columns).filter((name) => name !== "category");
    const more = figures.map((key) => ({ key, label: c.words.table.columns[key], number: key !== "last_hot", value: (row) => columns[key][row] || columns[key][row] === 0 ? columns[key][row] : null, text: STATISTICS[key] ?? count }));
    const pattern = { key: "pattern", label: c.words.table.pattern, value: (row) => c.words.patterns[CATEGORIES[found[row] - 1]] ?? null, order: (row) => found[row] };
    return { rows: [...units.keys()], columns: [{ ...unitColumn(c), value: (row) => c.units.name(units[row]) }, pattern, ...more], unit: (row) => units[row], start: "pattern", upward: true };
  },
};

const pointLook = ({ rank }) => (rank === null ? 0 : rank <= 10 ? 1 : rank <= 50 ? 2 : 3);
const facilityColumns = (c) => [
  { key: "facility", label: c.words.table.facility, value: (row) => c.facilities[row].name, head: true },
  { key: "category", label: c.words.table.category, value: (row) => c.facilities[row].category },
];
const unitOf = (c) => (row) => c.facilities[row].unit;
const clockText = (hour) => `${String(hour > 24 ? hour - 24 : hour).padStart(2, "0")}:00`; // 25 is one at night
const hoursText = ({ opens, closes }) => `${clockText(opens)}–${clockText(closes)}`;

const risk = {
  looks: "ground",
  classes: ground,
  points: (c) => c.facilities.filter(({ rank }) => rank !== null).map((one) => ({ ...one, look: pointLook(one), size: one.rank <= 10 ? 7 : one.rank <= 50 ? 5.5 : 3.5 })).reverse(),
  legend: (c) => [[1, c.words.legend.top10], [2, c.words.legend.top50], [3, c.words.legend.others]].map(([point, name]) => ({ point, name })),
  hint: (c) => (c.facilities.some(({ rank }) => rank !== null) ? "" : c.words.absent.risk),
  table: (c) => {
    const { table } = c.words;
    const figure = (key, name, text) => ({ key, label: table[key], number: true, value: (row) => c.facilities[row][name], text });
    const rows = [...c.facilities.keys()].filter((row) => c.facilities[row].rank !== null);
    const cases = (row) => c.facilities[row].cases;
    const counted = ["persons", "visits"].map((key) => ({ key, label: table[key], number: true, value: (row) => cases(row)?.[key] ?? null }));
    const told = ["when", "disinfected"].map((key) => ({ key, label: table[key], value: (row) => cases(row)?.[key] ?? null }));
    const figures = [figure("hazard", "relative_hazard", short), figure("person_hours", "infectious_person_hours", short)];
    return { rows, columns: [...facilityColumns(c), figure("rank", "rank", count), ...counted, ...told, ...figures], unit: unitOf(c) };
  },
};

const facilities = {
  looks: "ground",
  classes: ground,
  points: (c) => c.facilities.map((one) => ({ ...one, look: 2, size: 4 })),
  legend: (c) => [{ point: 2, name: c.words.legend.facility, range: fill(c.words.legend.count, { count: count(c.facilities.length) }) }],
  table: (c) => {
    const text = [["address", (row) => c.facilities[row].address], ["hours", (row) => hoursText(c.facilities[row])]];
    return { rows: [...c.facilities.keys()], columns: [...facilityColumns(c), ...text.map(([key, value]) => ({ key, label: c.words.table[key], value }))], unit: unitOf(c) };
  },
};

export const RUN_LAYERS = { hotspots, coverage, emerging, risk, facilities };
