// The controls around the map, and the way over its units by mouse and by keyboard.

import { viewOf } from "/static/js/officer/map-compare.js";

const find = (id) => document.getElementById(id);
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const PAN = 80; // pixels
const REACH = 12; // pixels around a facility's disc that still mean it

/** Listen to the controls outside the map. */
export function wire(c, { change, choose, showAll, showHot, time }) {
  for (const radio of document.querySelectorAll("input[name=layer]")) {
    radio.checked = radio.value === c.state.layer;
    radio.addEventListener("change", () => change({ layer: radio.value }));
  }
  find("show-all").addEventListener("click", showAll);
  find("show-hot").addEventListener("click", showHot);
  Object.assign(find("base-day"), { value: c.state.baseDay });
  Object.assign(find("base-hour"), { value: String(c.state.baseHour) });
  find("base-day").addEventListener("change", (event) => change({ baseDay: event.target.value }));
  find("base-hour").addEventListener("change", (event) => change({ baseHour: Number(event.target.value) }));
  for (const [name, chosen] of [["measure", c.state.measure], ["view", viewOf(c.state)]]) {
    for (const radio of document.querySelectorAll(`input[name=${name}]`)) {
      radio.checked = radio.value === chosen;
      radio.disabled = name === "measure" && !(radio.value in c.page.layers);
      radio.addEventListener("change", () => change({ [name]: radio.value }));
    }
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-unit]");
    if (!button) return;
    choose(c.units.find(button.dataset.unit), { near: true, focus: !("onMap" in button.dataset) });
    if ("onMap" in button.dataset) find("map").scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("visibilitychange", () => document.hidden && time?.playing && time.stop());
}

/** Listen to the map itself. */
export function roam(map, canvas, c, choose) {
  map.on("click", ({ containerPoint }) => {
    const near = facilityAt(map, containerPoint, c.points ?? []);
    choose(near?.unit ?? canvas.unitAt(containerPoint), { facility: near?.facility_id });
  });
  find("map").addEventListener("keydown", (event) => {
    const chosen = c.units.find(c.state.unit);
    const [east, north] = ARROWS[event.key] ?? [0, 0];
    if (event.target !== find("map")) return; // a button inside the map
    if ((east || north) && event.shiftKey) map.panBy([PAN * east, -PAN * north]);
    else if (east || north) choose(chosen < 0 ? 0 : c.units.beside(chosen, east, north), { say: true });
    else if (event.key === "Enter") choose(chosen, { focus: true, near: false });
    else if (event.key === "+" || event.key === "=") map.zoomIn();
    else if (event.key === "-") map.zoomOut();
    else return;
    event.preventDefault();
  });
}

function facilityAt(map, point, points) {
  let [best, least] = [null, REACH];
  for (const one of points) {
    const away = map.latLngToContainerPoint([one.lat, one.lon]).distanceTo(point);
    if (away <= least) [best, least] = [one, away];
  }
  return best;
}
