// A unit's day as bars, with what is usual as a line; the same in words for those who do not see it.

import { count, fill } from "/static/js/officer/map-numbers.js";

const [HIGH, STEP] = [60, 10];
const SPACE = "http://www.w3.org/2000/svg";

function draw(tag, facts) {
  const drawn = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(facts)) drawn.setAttribute(name, value);
  return drawn;
}

/** Draw 24 bars; a missing hour has none. `chosen` is dark, hours in `marked` red; `usual` is a stepped line. */
export function drawBars(svg, values, { chosen, marked, usual = [], high = HIGH }) {
  const most = Math.max(1, ...values.filter((value) => value !== null), ...usual.filter((value) => value !== null));
  const bars = values.map((value, hour) => {
    const tall = ((value ?? 0) / most) * (high - 2);
    const kind = hour === chosen ? "chosen" : marked(hour) ? "visited" : "";
    return draw("rect", { x: hour * STEP + 1, y: high - tall, width: STEP - 2, height: tall, class: kind });
  });
  const line = usual.flatMap((value, hour) => (value === null ? [] : [[hour, high - (value / most) * (high - 2)]]));
  const path = line.map(([hour, y], at) => `${at && line[at - 1][0] === hour - 1 ? "L" : "M"}${hour * STEP},${y}H${(hour + 1) * STEP}`).join("");
  svg.replaceChildren(...bars, ...(path ? [draw("path", { d: path, class: "usual" })] : []));
}

/** Show the chart of a unit's day in its figure. */
export function drawChart(figure, unit, c, when) {
  figure.hidden = !c.day;
  if (!c.day) return;
  const hours = [...Array(24).keys()];
  const values = hours.map((hour) => c.day.value("population", hour, unit));
  const usual = c.day.has("difference") ? hours.map((hour) => c.day.usual(hour, unit)) : [];
  const visited = (hour) => c.day.visitsAt[hour].has(unit);
  drawBars(figure.querySelector("svg"), values, { chosen: c.state.hour, marked: visited, usual });
  const usualPeak = peak(usual, c.words.unit.chart_usual_words, when);
  if (usualPeak.length) usualPeak.push(c.words.unit.chart_key);
  figure.querySelector("figcaption").textContent = [...peak(values, c.words.unit.chart_words, when), ...usualPeak].join(" ");
  function peak(numbers, words) {
    const known = numbers.filter((value) => value !== null);
    if (!known.length) return [];
    const most = Math.max(...known);
    return [fill(words, { when: when(c.state.day), peak: numbers.indexOf(most), people: count(most) })];
  }
}
