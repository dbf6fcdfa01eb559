// The legend of a layer in words, its sentence above the map, and what is missing.

import { LOOKS, drawSwatch } from "/static/js/officer/map-colours.js";

const find = (id) => document.getElementById(id);
const make = (tag, text, className = "") => Object.assign(document.createElement(tag), { textContent: text, className });

/** Say what the layer is, or why it is missing. */
export function showLayerWords(c, absent) {
  const { layer } = c.state;
  find("layer-words").textContent = c.words.layer_words[layer];
  Object.assign(find("layer-absent"), { textContent: absent, hidden: !absent });
  find("compare").hidden = layer !== "compare";
  const strip = document.querySelector(".layer-choice");
  const chosen = strip.querySelector(":checked")?.parentElement;
  if (chosen) strip.scrollTo({ left: chosen.offsetLeft - (strip.clientWidth - chosen.offsetWidth) / 2 }); // a phone shows some of them
}

/** Show a line for each look of the layer: { look | point | mark, kind, name, range }. */
export function showLegend(c, looks, layer) {
  const lines = layer ? layer.legend(c) : [];
  find("legend").replaceChildren(...lines.map((line) => lineOf(line, looks)));
  find("legend-hint").textContent = layer?.hint?.(c) ?? "";
  find("legend").closest(".legend").hidden = lines.length === 0;
}

function lineOf({ look, point, mark, kind = "", name, range = "" }, looks) {
  const line = make("li", "");
  line.append(sample({ look, point, mark, kind }, looks), make("span", name), make("span", range, "muted"));
  return line;
}

function sample({ look, point, mark, kind }, looks) {
  if (mark !== undefined) return Object.assign(make("span", mark, `visit-mark sample ${kind}`), { ariaHidden: "true" });
  if (point !== undefined) {
    const dot = make("canvas", "");
    Object.assign(dot, { width: 28, height: 28, ariaHidden: "true", className: "point" });
    const pen = dot.getContext("2d");
    pen.arc(14, 14, 10, 0, 2 * Math.PI);
    Object.assign(pen, { fillStyle: LOOKS.points[point].ground, strokeStyle: "#1e2124", lineWidth: 2 });
    pen.fill();
    pen.stroke();
    return dot;
  }
  const swatch = Object.assign(make("canvas", ""), { width: 32, height: 20, ariaHidden: "true" });
  drawSwatch(swatch, LOOKS[looks][look]);
  return swatch;
}
