// The officer's hotspot map: verdicts or floating population by hour, and a unit told in sentences.

import * as L from "/vendor/leaflet/leaflet.js";
import { STATUS, drawSwatch, gradeOf, populationStyle, verdictStyle } from "/static/js/officer/map-style.js";
import { TimeControl } from "/static/js/officer/map-time.js";
import { describeHour, describeUnit } from "/static/js/officer/map-words.js";

const page = JSON.parse(document.getElementById("page-data").textContent);
const find = (id) => document.getElementById(id);
const API = "/api/v1/results/latest";
const CLOSE = 15; // zoom at which a 250 m cell is some 60 px wide
const days = new Map(); // day → promise of its compact figures
const layers = new Map(); // unit_code → Leaflet layer
const state = { view: "verdict", selected: null, hours: null };

const map = L.map("map", { preferCanvas: true, zoomSnap: 0.25, attributionControl: false, zoomControl: false });
L.control.zoom({ zoomInTitle: page.words.zoom_in, zoomOutTitle: page.words.zoom_out }).addTo(map);
L.control.attribution({ prefix: false }).addAttribution(page.words.attribution).addTo(map);
L.control.scale({ imperial: false }).addTo(map);
map.createPane("background").style.zIndex = 350;
map.createPane("marks").style.zIndex = 450;
const marks = L.layerGroup().addTo(map);
let outline = null;

function drawStation(station, place) {
  const name = document.createElement("span");
  const { name_en: english, name_ko: korean } = station.properties;
  name.textContent = document.documentElement.lang === "en" ? english.replace(" Station", "") : korean;
  const icon = L.divIcon({ className: "station-mark", html: name, iconSize: [8, 8] });
  return L.marker(place, { icon, pane: "marks", interactive: false, keyboard: false });
}

async function getJson(path) {
  const answer = await fetch(path, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function hoursOf(day) {
  if (!days.has(day)) {
    const loading = getJson(`${API}/unit_hours/${day}.json`).then((figures) => {
      figures.place = new Map(figures.unit_codes.map((code, index) => [code, index]));
      return figures;
    });
    loading.catch(() => days.delete(day));
    days.set(day, loading);
  }
  return days.get(day);
}

/** Return one figure of a unit in the hour shown, null where there is none. */
function figure(name, code) {
  const index = state.hours?.place.get(code);
  return index === undefined ? null : state.hours[name][index][time.hour];
}

function styleOf(feature) {
  const { status, unit_code: code } = feature.properties;
  if (state.view === "verdict") return verdictStyle(status);
  return populationStyle(status, figure("population", code), page.grade_bounds);
}

function drawUnits() {
  for (const layer of layers.values()) layer.setStyle(styleOf(layer.feature));
  for (const layer of layers.values()) if (layer.feature.properties.status === STATUS.HOT) layer.bringToFront();
  drawMarks();
  drawSelection();
}

/** Put a disc with the number of index visits at each unit that has some in this hour. */
function drawMarks() {
  marks.clearLayers();
  if (!state.hours) return;
  for (const [code, layer] of layers) {
    const visits = figure("index_visits", code);
    if (!visits) continue;
    // Beside the unit's corner: the unit itself must stay in sight, it is what the mark is about.
    const icon = L.divIcon({ className: "visit-mark", html: "", iconSize: [24, 24], iconAnchor: [22, 22] });
    const corner = layer.getBounds().getNorthWest();
    const mark = L.marker(corner, { icon, pane: "marks", interactive: false, keyboard: false });
    mark.on("add", () => (mark.getElement().textContent = String(visits)));
    marks.addLayer(mark);
  }
}

function drawSelection() {
  outline?.remove();
  const layer = layers.get(state.selected);
  if (!layer) return;
  const line = (color, weight) => L.geoJSON(layer.feature, { interactive: false, style: { color, weight, fill: false } });
  outline = L.layerGroup([line("#ffffff", 6), line("#0b50d0", 3)]).addTo(map);
}

function select(code, { focus = false, onMap = false } = {}) {
  state.selected = code;
  showPanel();
  drawSelection();
  for (const button of document.querySelectorAll("[data-unit]")) {
    button.closest("tr")?.classList.toggle("selected", button.dataset.unit === code);
  }
  if (!focus) return;
  const layer = layers.get(code);
  if (layer) map.fitBounds(layer.getBounds().pad(1.5), { maxZoom: CLOSE });
  find("unit-panel").focus({ preventScroll: true });
  if (onMap) find("map").scrollIntoView({ block: "nearest" });
  else find("unit-panel").scrollIntoView({ block: "nearest" });
}

function showPanel() {
  const layer = layers.get(state.selected);
  if (!layer) return;
  const unit = layer.feature.properties;
  find("unit-title").textContent = unit.name || unit.unit_code;
  find("unit-code").textContent = unit.name && unit.name !== unit.unit_code ? unit.unit_code : "";
  const status = find("unit-status");
  status.textContent = page.words.status[unit.status];
  status.dataset.status = unit.status;
  status.hidden = false;
  const sentences = [...describeUnit(unit, page), ...nowSentences(unit.unit_code)];
  find("unit-sentences").replaceChildren(
    ...sentences.map((text) => Object.assign(document.createElement("p"), { textContent: text })),
  );
}

function nowSentences(code) {
  const index = state.hours?.place.get(code);
  if (index === undefined) return [];
  const people = state.hours.population[index][time.hour];
  const facts = {
    when: time.text,
    people,
    grade: people === null ? null : gradeOf(people, page.grade_bounds),
    visits: state.hours.index_visits[index][time.hour],
    entries: state.hours.entries[index][time.hour],
    missing: state.hours.missing[index][time.hour],
  };
  return describeHour(facts, page);
}

async function showTime(day) {
  try {
    const hours = await hoursOf(day);
    if (day !== time.day) return; // the reader has moved on
    state.hours = hours;
    find("map-message").textContent = "";
  } catch {
    find("map-message").textContent = page.words.failed;
    return;
  }
  const sum = (name) => Array.from({ length: 24 }, (_, hour) => state.hours[name].reduce((s, u) => s + (u[hour] ?? 0), 0));
  time.drawCurve(sum("population"), sum("index_visits"));
  drawUnits();
  showPanel();
  const next = page.days[page.days.indexOf(day) + 1];
  if (time.timer && next) hoursOf(next);
}

function chooseView(view) {
  state.view = view;
  find("legend-verdict").hidden = view !== "verdict";
  find("legend-population").hidden = view === "verdict";
  drawUnits();
}

function drawLegend() {
  for (const canvas of document.querySelectorAll("canvas[data-status]")) {
    drawSwatch(canvas, verdictStyle(canvas.dataset.status));
  }
  for (const canvas of document.querySelectorAll("canvas[data-grade]")) {
    const grade = Number(canvas.dataset.grade);
    const people = grade === 0 ? null : grade === 1 ? -1 : page.grade_bounds[grade - 2];
    drawSwatch(canvas, populationStyle("", people, page.grade_bounds));
  }
}

const parts = ["day", "hour", "label", "play", "back", "forward", "curve"];
const time = page.days.length
  ? new TimeControl(Object.fromEntries(parts.map((part) => [part, find(`time-${part}`)])), page.words, showTime)
  : null; // a run without hourly figures

for (const radio of document.querySelectorAll("input[name=view]")) {
  radio.addEventListener("change", () => chooseView(radio.value));
}
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-unit]");
  if (button) select(button.dataset.unit, { focus: true, onMap: "onMap" in button.dataset });
});

const loaded = [getJson(`${API}/hotspots.geojson`), getJson("/officer/background.geojson")];
const [units, background] = await Promise.all(loaded).catch((reason) => {
  find("map-message").textContent = page.words.failed;
  throw reason;
});
L.geoJSON(background, {
  pane: "background", interactive: false, style: { color: "#6d7882", weight: 1.5, fillColor: "#fbfbf8", fillOpacity: 1 },
  pointToLayer: drawStation,
}).addTo(map);
const drawn = L.geoJSON(units, {
  style: styleOf,
  onEachFeature: (feature, layer) => {
    layers.set(feature.properties.unit_code, layer);
    layer.on("click", () => select(feature.properties.unit_code));
  },
}).addTo(map);
const showAll = () => map.fitBounds(drawn.getBounds(), { padding: [8, 8] });
const hot = [...layers.values()].filter((layer) => layer.feature.properties.status === STATUS.HOT);
find("show-all").addEventListener("click", showAll);
find("show-hot")?.addEventListener("click", () => {
  map.fitBounds(L.featureGroup(hot).getBounds().pad(1), { maxZoom: CLOSE });
});
showAll();
drawLegend();
const first = layers.get(page.start.unit)?.feature ?? units.features[0];
const shown = time ? time.set(page.start.day, page.start.hour) : drawUnits();
if (first) select(first.properties.unit_code);
await shown;
document.body.dataset.ready = "map";
