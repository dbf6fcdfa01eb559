// The officer's map. Data flow one way: fetched figures → state → classes of units → canvas, legend, table, words.

import * as L from "/vendor/leaflet/leaflet.js";
import { UnitCanvas } from "/static/js/officer/map-canvas.js";
import { LOOKS, tilesOf } from "/static/js/officer/map-colours.js";
import { Gone, background } from "/static/js/officer/map-data.js";
import { hoursOf } from "/static/js/officer/map-day.js";
import { freshPage, pageDataOf, takeParts } from "/static/js/officer/map-fresh.js";
import { LAYERS, absence } from "/static/js/officer/map-layers.js";
import { BLIND_SHOWN } from "/static/js/officer/map-layers-run.js";
import { showLayerWords, showLegend } from "/static/js/officer/map-legend.js";
import { Live } from "/static/js/officer/map-live.js";
import { Loader } from "/static/js/officer/map-loader.js";
import { Discs, drawBackground, makeMap, placeName, strokeUnits } from "/static/js/officer/map-marks.js";
import { showPanel } from "/static/js/officer/map-panel.js";
import { Search } from "/static/js/officer/map-search.js";
import { Pair } from "/static/js/officer/map-pair.js";
import { viewOf } from "/static/js/officer/map-compare.js";
import { keepInAddress, stateOfAddress } from "/static/js/officer/map-state.js";
import { LayerTable } from "/static/js/officer/map-table.js";
import { TimeControl } from "/static/js/officer/map-time.js";
import { blindRank } from "/static/js/officer/map-words.js";
import { roam, wire } from "/static/js/officer/map-controls.js";

const find = (id) => document.getElementById(id);
const [CLOSE, ALPHA] = [16, 225]; // zoom at which a chosen unit is shown; how far units cover what lies below
const INK = "#1e2124";
const MINUTE_MS = 60_000;
const CALM_MS = 120; // without a change, after which the table follows the map
const NO_ROWS = { rows: [], columns: [], unit: () => -1 };

const page = pageDataOf(document);
const start = { layer: "hotspots", ...page.start, ...threeHoursBefore(page.start), measure: "population", view: "", facility: "" };
const state = { ...start, ...stateOfAddress(location.hash, { layers: Object.keys(LAYERS), days: page.days }) };
const c = { page, words: page.words, state, units: null, day: null, base: null, facilities: [], tables: {}, classes: {} };
const tiles = Object.fromEntries(Object.entries(LOOKS).map(([name, looks]) => [name, tilesOf(looks, ALPHA)]));
const looksOf = (id) => (typeof LAYERS[id].looks === "function" ? LAYERS[id].looks(c) : (LAYERS[id].looks ?? id));

const map = makeMap(page);
const [visits, blind] = [new Discs(map, "visit-mark"), new Discs(map, "visit-mark blind-mark")];
const time = page.days.length ? new TimeControl(page.words, change, (day) => hoursOf(c.page, day)) : null;
const when = (day, hour) => time?.when(day, hour) ?? "";
const siteOf = (row) => (LAYERS[state.layer].points ? c.facilities[row].facility_id : ""); // rows of other layers are units
const table = new LayerTable(page.words.table, (unit, row) => choose(unit, { focus: true, facility: siteOf(row) }));
const loader = new Loader(c);
const pair = new Pair(map, c, decorate, (unit) => choose(unit));
let canvas = null;
let tabling = 0;

/** What the newest hour is compared with at first. */
function threeHoursBefore({ day, hour }) {
  const before = hour < 3 ? page.days[page.days.indexOf(day) - 1] : day;
  return { baseDay: before ?? day, baseHour: (hour + 21) % 24 };
}

/** Change what is looked at, fetch what that needs, and draw it. */
async function change(patch) {
  Object.assign(state, patch);
  keepInAddress(state);
  showLayerWords(c, absence(state.layer, c.page));
  if (!c.units) return;
  try {
    if (!(await loader.forLayer())) return; // the officer has moved on meanwhile
    find("map-message").textContent = "";
  } catch (problem) {
    return told(problem);
  }
  draw();
  loader.forPanel().then((came) => came && drawHour(), told).then(() => search.renew());
  if (time?.playing) loader.ahead();
}

function told(problem) {
  if (problem instanceof Gone) live.look();
  find("map-message").textContent = problem instanceof Gone ? c.words.gone : c.words.failed;
}

function draw() {
  const drawable = loader.drawable();
  const layer = LAYERS[state.layer];
  const classes = drawable ? layer.classes(c) : new Uint8Array(c.units.count);
  c.points = drawable && layer.points ? layer.points(c) : [];
  canvas.show(classes, tiles[looksOf(state.layer)]);
  showLegend(c, looksOf(state.layer), drawable ? layer : null);
  clearTimeout(tabling);
  tabling = setTimeout(listRows, CALM_MS); // a slider under way shows its map at once, its rows when it rests
  const foremost = (c.tables.blind_spots?.unit ?? []).slice(0, BLIND_SHOWN);
  const first = state.layer === "coverage" ? foremost.filter((unit) => blindRank(unit, c) >= 0) : [];
  blind.show(first.map((unit, at) => [c.units.shapes.middle(unit), at + 1]));
  drawPair(drawable && state.layer === "compare" ? viewOf(state) : "");
  drawHour();
}

/** Show two times as two maps, or say which of them the one map shows. */
function drawPair(view) {
  const [before, now] = [when(state.baseDay, state.baseHour), when(state.day, state.hour)];
  find("compare-now").textContent = now;
  const visits = view === "side" ? [...c.base.visitsAt[state.baseHour]] : [];
  pair.show(view === "side" ? { classes: LAYERS.compare.base(c), tiles: tiles[state.measure], visits: visits.map(discOf) } : null);
  find("map-base-told").textContent = before;
  Object.assign(find("map-told"), { textContent: view === "base" ? before : view === "change" ? `${before} → ${now}` : now, hidden: !view });
}

const discOf = ([unit, count]) => [c.units.shapes.rings(unit)[0][3] ?? c.units.shapes.middle(unit), count];

function listRows() {
  const [layer, rows] = [LAYERS[state.layer], loader.drawable() ? LAYERS[state.layer].table(c) : NO_ROWS];
  const compared = state.layer === "compare" && `${c.words.layers[state.measure]}, ${when(state.baseDay, state.baseHour)} →`;
  const caption = [c.words.layers[state.layer], compared, layer.needs in c.page.layers && when(state.day, state.hour)];
  table.show(`${c.page.version} ${state.layer} ${compared ? state.measure : ""}`, caption.filter(Boolean).join(" · "), rows);
  table.mark(c.units.find(state.unit));
}

/** Draw what the day tells beside the layer: visits of the hour, the city's curve, the panel. */
function drawHour() {
  const before = state.layer === "compare" && viewOf(state) === "base";
  const seen = before ? c.base?.visitsAt[state.baseHour] : c.day?.visitsAt[state.hour];
  visits.show([...(seen ?? [])].map(discOf));
  if (time && c.day) time.drawCurve(c.day);
  drawPanel();
  performance.mark("map-drawn"); // benchmarks/map_page.py
}

function drawPanel() {
  if (c.day?.has("surge")) c.classes.surge = LAYERS.surge.classes(c);
  const unit = c.units.find(state.unit);
  if (unit >= 0) showPanel(unit, c, when);
  table.mark(unit);
}

/** Draw over the units: what is hot, facilities, and the chosen unit. */
function decorate(pen, pixel) {
  const { shapes, hot } = c.units;
  strokeUnits(pen, shapes, hot, pixel, [[INK, 2.5]]);
  for (const { lat, lon, look, size, facility_id: id } of c.points ?? []) {
    const { x, y } = pixel([lat, lon]);
    pen.beginPath();
    pen.arc(x, y, id === state.facility ? size + 3 : size, 0, 2 * Math.PI);
    Object.assign(pen, { fillStyle: LOOKS.points[look].ground, strokeStyle: INK, lineWidth: id === state.facility ? 3 : 1 });
    pen.fill();
    pen.stroke();
  }
  const chosen = c.units.find(state.unit);
  if (chosen >= 0) strokeUnits(pen, shapes, [chosen], pixel, [["#ffffff", 6], ["#0b50d0", 3]]);
}

/** Choose a unit; `focus` leads to its panel, `near` brings it into view. */
function choose(unit, { focus = false, near = focus, facility = "", say = false } = {}) {
  if (unit < 0) return;
  Object.assign(state, { unit: c.units.codes[unit], facility });
  keepInAddress(state);
  drawPanel();
  canvas.draw();
  pair.draw();
  if (near) map.setView(c.units.shapes.middle(unit), Math.max(map.getZoom(), CLOSE - (c.units.shapes.size > 100 ? 2 : 1)));
  else map.panInside(c.units.shapes.middle(unit), { padding: [40, 40] });
  if (say) find("unit-said").textContent = `${c.units.name(unit)}. ${c.words.status[c.units.status(unit)]}.`;
  if (!focus) return;
  find("unit-panel").focus({ preventScroll: true });
  find("unit-panel").scrollIntoView({ block: "nearest" });
}

function boundsOf(units) {
  const bounds = L.latLngBounds([]);
  for (const unit of units) for (const ring of c.units.shapes.rings(unit)) for (const place of ring) bounds.extend(place);
  return bounds;
}
const showAll = () => map.fitBounds(boundsOf(c.units.codes.keys()), { padding: [8, 8] });
const showHot = () => c.units.hot.length && map.fitBounds(boundsOf(c.units.hot).pad(1), { maxZoom: CLOSE });

/** Everything that can be searched for: what has come of it, and the facilities last. */
function places() {
  if (!c.units || !c.ground) return [];
  const units = c.units.codes.map((_, unit) => ({ kind: "unit", name: c.units.name(unit), go: () => choose(unit, { near: true }) }));
  const sites = c.facilities.map((one) => ({ kind: "facility", name: one.name, go: () => choose(one.unit, { near: true, facility: one.facility_id }) }));
  const ground = c.ground.features.map(({ geometry, properties }) => {
    const point = geometry.type === "Point";
    const go = () => (point ? map.setView([...geometry.coordinates].reverse(), CLOSE) : map.fitBounds(L.geoJSON(geometry).getBounds()));
    return { kind: point ? "station" : "dong", name: placeName(properties), go };
  });
  return [...ground, ...sites, ...units];
}

/** Take a new run without losing layer, time, place and zoom. */
async function takeNew() {
  const fresh = await freshPage();
  const next = fresh.getElementById("page-data") && pageDataOf(fresh);
  if (!next || Boolean(next.days.length) !== Boolean(page.days.length)) return location.reload();
  await loader.take(next); // without its units nothing of the new run is shown, and it is tried again
  clearTimeout(tabling);
  takeParts(fresh);
  const atNewest = c.page.going_on && state.day === c.page.start.day && state.hour === c.page.start.hour;
  c.page = next;
  if (atNewest) Object.assign(state, { day: next.start.day, hour: next.start.hour }); // who looks at now goes on to
  for (const name of ["time", "base"]) find(`${name}-day`)?.replaceChildren(...fresh.getElementById(`${name}-day`).children);
  for (const name of ["day", "baseDay"]) if (!next.days.includes(state[name])) state[name] = next.start.day;
  if (c.units.find(state.unit) < 0) state.unit = next.start.unit; // else the panel would go on telling of the earlier run
  canvas.use(c.units.shapes);
  pair.use(c.units.shapes);
  time?.show(state.day, state.hour);
  find("base-day").value = state.baseDay;
  await change({});
}

/** Show what teams have disinfected meanwhile. That the server cannot be reached, `live` says. */
async function renew() {
  if (document.hidden || !canvas) return;
  try {
    if (await loader.renew()) draw();
  } catch (problem) {
    if (problem instanceof Gone) live.look();
  }
}

const live = new Live(page.words.live, () => c.page, takeNew);
wire(c, { change, choose, showAll, showHot, time });
const search = new Search(page.words.search, places);
const grounded = background().then((ground) => Object.assign(c, { ground }));
time?.show(state.day, state.hour);
try {
  await Promise.all([loader.take(page), grounded]);
  drawBackground(map, c.ground, { tiles: page.tiles.address });
  canvas = new UnitCanvas(c.units.shapes, decorate);
  showAll();
  map.addLayer(canvas);
  roam(map, canvas, c, choose);
  find("show-hot").hidden = c.units.hot.length === 0;
  await change({});
  document.body.dataset.ready = "map";
} catch (problem) {
  told(problem);
  throw problem;
} finally {
  live.start();
  setInterval(renew, MINUTE_MS);
  document.addEventListener("visibilitychange", renew);
}
