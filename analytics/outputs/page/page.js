// map.html: choose a unit on the map or in the table, read why; zoom with buttons, wheel, drag and pinch.
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const map = document.getElementById("map");
const chosen = document.getElementById("chosen");
const home = map.dataset.home.split(" ").map(Number);
let view = [...home];

/** Show the part of the map in `view`, and keep marks and scale bar the same size on screen. */
function show() {
  map.setAttribute("viewBox", view.join(" "));
  const perPixel = Math.max(view[2] / map.clientWidth, view[3] / map.clientHeight);
  const size = Math.min(perPixel, Math.max(home[2], home[3]) / 560); // smaller on a phone that shows the whole map
  for (const mark of map.querySelectorAll("[data-at]")) {
    mark.setAttribute("transform", `translate(${mark.dataset.at}) scale(${size})`);
  }
  for (const pattern of map.querySelectorAll("pattern")) {
    const turned = pattern.getAttribute("patternTransform").replace(/scale\([^)]*\)/, `scale(${perPixel})`);
    pattern.setAttribute("patternTransform", turned);
  }
  const metres = [20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20].find((step) => step / perPixel <= 120) || 20;
  document.getElementById("scale-bar").style.width = `${metres / perPixel}px`;
  document.getElementById("scale-text").textContent = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
}

/** Zoom by a factor around a point given in map coordinates; never farther out than the whole map. */
function zoomAt(factor, x, y) {
  const width = Math.min(home[2], Math.max(home[2] / 60, view[2] * factor));
  const ratio = width / view[2];
  view = [x - (x - view[0]) * ratio, y - (y - view[1]) * ratio, width, view[3] * ratio];
  if (width === home[2]) view = [...home];
  show();
}

/** Return the map coordinates of a point on the screen. */
function toMap(event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
  return [at.x, at.y];
}

/** Show the evidence of one unit; with `near`, bring it into the middle of the map. */
function choose(number, near = false) {
  const unit = data.units[number];
  const path = map.querySelector(`[data-unit="${number}"]`);
  chosen.setAttribute("d", path.getAttribute("d"));
  document.getElementById("panel-title").textContent = unit.name;
  const badge = document.getElementById("panel-status");
  badge.hidden = false;
  badge.dataset.status = unit.status;
  badge.textContent = data.status[unit.status];
  const text = document.getElementById("panel-text");
  text.replaceChildren(...unit.text.map((sentence) => Object.assign(document.createElement("p"), { textContent: sentence })));
  if (!near) return;
  const box = path.getBBox();
  const width = Math.min(home[2], Math.max(home[2] / 4, box.width * 4));
  const height = (home[3] * width) / home[2];
  view = [box.x + box.width / 2 - width / 2, box.y + box.height / 2 - height / 2, width, height];
  show();
  map.scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.zoom === "home") {
    view = [...home];
    show();
  } else if (button?.dataset.zoom) {
    zoomAt(button.dataset.zoom === "in" ? 0.6 : 1 / 0.6, view[0] + view[2] / 2, view[1] + view[3] / 2);
  } else if (button?.dataset.choose) {
    choose(Number(button.dataset.choose), true);
  }
});

const fingers = new Map();
let moved = 0;
map.addEventListener("pointerdown", (event) => {
  fingers.set(event.pointerId, event);
  moved = 0;
});
map.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const [from, to] = [toMap(before), toMap(event)];
  moved += Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY);
  if (fingers.size === 2) {
    const other = [...fingers.values()].find((finger) => finger.pointerId !== event.pointerId);
    const far = (finger) => Math.hypot(finger.clientX - other.clientX, finger.clientY - other.clientY);
    zoomAt(far(before) / Math.max(far(event), 1), ...toMap(other));
  } else if (moved > 4 && view[2] < home[2]) {
    map.classList.add("dragging");
    map.setPointerCapture(event.pointerId);
    view = [view[0] + from[0] - to[0], view[1] + from[1] - to[1], view[2], view[3]];
    show();
  }
  fingers.set(event.pointerId, event);
});
for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
  map.addEventListener(name, (event) => {
    if (name === "pointerup" && moved <= 4 && event.target.dataset.unit) choose(Number(event.target.dataset.unit));
    fingers.delete(event.pointerId);
    map.classList.remove("dragging");
    map.style.touchAction = view[2] < home[2] ? "none" : "pan-y";
  });
}
map.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && view[2] === home[2] && event.deltaY > 0) return;
  event.preventDefault();
  zoomAt(event.deltaY > 0 ? 1.2 : 1 / 1.2, ...toMap(event));
}, { passive: false });
addEventListener("resize", show);
if (data.first !== null) choose(data.first);
show();
