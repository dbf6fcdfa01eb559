// The map of a plan: our own outlines, the teams' ways, numbered stops. The lists below say the same.

import * as L from "/vendor/leaflet/leaflet.js";

const data = JSON.parse(document.getElementById("map-data").textContent);
const { words } = data;
const COLOURS = ["#0b50d0", "#b3470c", "#00735a", "#8a3a72", "#7a5c00", "#2f6f8f"]; // as plan.css, told apart without red and green
const DASHES = [null, "10 7", "2 7", null, "10 7", "2 7"];
const English = document.documentElement.lang === "en";
const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const calm = still ? { zoomAnimation: false, fadeAnimation: false, inertia: false, markerZoomAnimation: false } : {};

const map = L.map("plan-map", { zoomSnap: 0.25, attributionControl: false, zoomControl: false, scrollWheelZoom: false, ...calm });
map.getPane("mapPane").ariaHidden = "true"; // numbers without their places; the lists below say all of it
L.control.zoom({ zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
L.control.attribution({ prefix: false }).addAttribution(words.attribution).addTo(map);
L.control.scale({ imperial: false }).addTo(map);

/** Return a mark of the page's own look; `text` is shown in it, `title` is its name. */
function pin(at, className, text, title) {
  const html = Object.assign(document.createElement("span"), { className: `plan-pin ${className}`, textContent: text });
  const icon = L.divIcon({ className: "", html, iconSize: [26, 26], iconAnchor: [13, 13] });
  return L.marker(at, { icon, title, alt: title, keyboard: false }).addTo(map);
}

function drawTeams() {
  for (const { team, line, stops } of data.teams) {
    const at = (team - 1) % COLOURS.length;
    const drawn = { color: COLOURS[at], weight: 4, opacity: 0.85, dashArray: DASHES[at], interactive: false };
    if (line.length > 1) L.polyline(line, drawn).addTo(map);
    for (const stop of stops) {
      const title = [words.team.replace("{team}", team).replace("{number}", stop.number), stop.name, stop.time, stop.state].filter(Boolean).join(" · ");
      pin(stop.at, `team-${at}${stop.done ? " is-done" : ""}`, stop.number, title).on("click", () => (location.hash = `s-${stop.id}`));
    }
  }
}

function drawRest() {
  for (const stop of data.waiting) pin(stop.at, "plan-pin-waiting", stop.number ?? "", `${stop.name} · ${stop.state}`).on("click", () => (location.hash = `s-${stop.id}`));
  for (const { at, rank } of data.sites) pin(at, "plan-pin-site", "✚", words.site.replace("{rank}", rank));
  pin(data.start, "plan-pin-start", words.start, words.start);
}

async function drawGround() {
  const answer = await fetch("/officer/background.geojson", { credentials: "same-origin" });
  if (!answer.ok) return; // the ways are drawn all the same
  const { features } = await answer.json();
  const shapes = features.filter(({ geometry }) => geometry.type !== "Point");
  const style = { color: "#8a949e", weight: 1, fillColor: "#ffffff", fillOpacity: 1, interactive: false };
  L.geoJSON({ type: "FeatureCollection", features: shapes }, { style, interactive: false }).addTo(map).bringToBack();
  for (const { geometry, properties } of features) {
    if (geometry.type !== "Point") continue;
    const name = English ? properties.name_en.replace(" Station", "") : properties.name_ko;
    const html = Object.assign(document.createElement("span"), { className: "plan-station", textContent: name });
    const [lng, lat] = geometry.coordinates;
    L.marker([lat, lng], { icon: L.divIcon({ className: "", html, iconSize: [7, 7] }), interactive: false, keyboard: false, zIndexOffset: -1000 }).addTo(map);
  }
}

const places = [data.start, ...data.teams.flatMap(({ stops }) => stops.map(({ at }) => at)), ...data.waiting.map(({ at }) => at), ...data.sites.map(({ at }) => at)];
map.fitBounds(L.latLngBounds(places).pad(0.08), { animate: false, maxZoom: 16 });
drawTeams();
drawRest();
drawGround();
