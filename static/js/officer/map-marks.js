// What lies under and over the units: dongs, stations, tiles where the city has set some, and numbered discs.

import * as L from "/vendor/leaflet/leaflet.js";

const LINE = "#58616a";
const English = document.documentElement.lang === "en";

export const placeName = ({ name_ko: korean, name_en: english }) => (English ? english.replace(" Station", "") : korean);

/** Make the map of the page, without any unit yet. */
export function makeMap(page) {
  const map = bareMap("map");
  L.control.zoom({ zoomInTitle: page.words.zoom_in, zoomOutTitle: page.words.zoom_out }).addTo(map);
  const credit = L.control.attribution({ prefix: false }).addAttribution(page.words.attribution).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  if (page.tiles.credit) {
    const tag = document.createElement("span");
    tag.textContent = page.tiles.credit; // a setting, not a piece of the page
    credit.addAttribution(tag.innerHTML);
  }
  return map;
}

/** Make a map without controls. */
export function bareMap(id) {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const calm = still ? { zoomAnimation: false, fadeAnimation: false, inertia: false, markerZoomAnimation: false } : {};
  const map = L.map(id, { zoomSnap: 0.25, attributionControl: false, zoomControl: false, keyboard: false, ...calm });
  for (const [pane, height] of [["ground", 350], ["lines", 420], ["marks", 450]]) map.createPane(pane).style.zIndex = height;
  map.getPane("lines").style.pointerEvents = "none";
  map.getPane("mapPane").ariaHidden = "true"; // names and numbers without their places; panel and table say all of it
  return map;
}

/** Draw tiles where there are some, the outlines of the dongs and the stations. */
export function drawBackground(map, collection, { tiles }) {
  const dongs = { ...collection, features: collection.features.filter(({ geometry }) => geometry.type !== "Point") };
  const fixed = { interactive: false, renderer: L.svg({ pane: "lines", padding: 0.5 }) };
  if (tiles) L.tileLayer(tiles, { maxZoom: 19 }).addTo(map);
  else {
    const ground = { color: "none", fillColor: "#fbfbf8", fillOpacity: 1 };
    L.geoJSON(dongs, { ...fixed, pane: "ground", renderer: L.svg({ pane: "ground", padding: 0.5 }), style: ground }).addTo(map);
  }
  L.geoJSON(dongs, { ...fixed, pane: "lines", style: { color: LINE, weight: 1.2, fill: false } }).addTo(map);
  for (const { geometry, properties } of collection.features) {
    if (geometry.type !== "Point") continue;
    const name = Object.assign(document.createElement("span"), { textContent: placeName(properties) });
    const icon = L.divIcon({ className: "station-mark", html: name, iconSize: [8, 8] });
    const [lng, lat] = geometry.coordinates;
    L.marker([lat, lng], { icon, pane: "marks", interactive: false, keyboard: false }).addTo(map);
  }
}

/** Numbered discs at the corners of units, replaced at every call: the unit itself must stay in sight. */
export class Discs {
  constructor(map, className) {
    this.group = L.layerGroup().addTo(map);
    this.className = className;
  }

  /** `numbers`: [place, number]. */
  show(numbers) {
    this.group.clearLayers();
    for (const [place, number] of numbers) {
      const text = Object.assign(document.createElement("span"), { textContent: String(number) });
      const icon = L.divIcon({ className: this.className, html: text, iconSize: [24, 24], iconAnchor: [22, 22] });
      this.group.addLayer(L.marker(place, { icon, pane: "marks", interactive: false, keyboard: false }));
    }
  }
}

/** Draw outlines of units with a pen: inner edges of neighbours that belong together are left out. */
export function strokeUnits(pen, shapes, units, pixel, strokes) {
  const edges = new Map();
  for (const unit of units) {
    for (const ring of shapes.rings(unit)) {
      const drawn = ring.map(pixel);
      drawn.forEach((to, at) => {
        const from = drawn[at === 0 ? drawn.length - 1 : at - 1];
        const ends = [from, to].map(({ x, y }) => `${Math.round(x)},${Math.round(y)}`).sort();
        if (ends[0] === ends[1]) return;
        const key = ends.join(" ");
        if (edges.has(key)) edges.set(key, null);
        else edges.set(key, [from, to]);
      });
    }
  }
  pen.beginPath();
  for (const [from, to] of [...edges.values()].filter(Boolean)) {
    pen.moveTo(from.x, from.y);
    pen.lineTo(to.x, to.y);
  }
  pen.lineCap = "round";
  for (const [colour, width] of strokes) {
    Object.assign(pen, { strokeStyle: colour, lineWidth: width });
    pen.stroke();
  }
}
