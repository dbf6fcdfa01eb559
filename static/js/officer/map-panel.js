// The panel beside the map: one figure, who came where, what to do, the hours as a chart, and what it rests on.

import { drawChart } from "/static/js/officer/map-chart.js";
import { asKorean, count, fill } from "/static/js/officer/map-numbers.js";
import { nextSteps } from "/static/js/officer/map-steps.js";
import { showVisited } from "/static/js/officer/map-visited.js";
import { whereIs } from "/static/js/officer/map-where.js";
import { describeChange, describeHour, describeStanding, describeUnit } from "/static/js/officer/map-words.js";

const MOST_FACILITIES = 12;
const find = (id) => document.getElementById(id);
const make = (tag, text, more = {}) => Object.assign(document.createElement(tag), { textContent: text, ...more });
const sentences = (texts) => texts.map((text) => make("p", text));

/** Show a unit; `when(day, hour)` gives a time in words. */
export function showPanel(unit, c, when) {
  const { units, words } = c;
  const [name, code, status] = [units.name(unit), units.codes[unit], units.status(unit)];
  find("unit-title").textContent = name.replace(code, "").trim() || code;
  find("unit-code").textContent = name === code ? "" : code;
  for (const id of ["unit-title", "unit-code"]) asKorean(find(id));
  find("unit-where").textContent = whereIs(unit, c);
  Object.assign(find("unit-status"), { textContent: words.status[status], hidden: false }).dataset.status = status;
  const { figure, lead, grounds } = describeUnit(unit, c);
  showFigure(find("unit-figure"), figure, status);
  find("unit-sentences").replaceChildren(...sentences([...lead, ...describeStanding(unit, c)]));
  showVisited(find("unit-visited"), unit, c);
  showNext(unit, c);
  drawChart(find("unit-chart"), unit, c, when);
  const change = c.state.layer === "compare" ? describeChange(unit, when(c.state.baseDay, c.state.baseHour), c) : [];
  find("unit-hour").replaceChildren(...sentences([...describeHour(unit, when(c.state.day, c.state.hour), c), ...change]));
  find("unit-grounds").querySelector("div").replaceChildren(...sentences(grounds));
  find("unit-grounds").hidden = grounds.length === 0;
  showFacilities(find("unit-facilities"), unit, c);
}

function showFigure(box, figure, status) {
  box.hidden = figure === null;
  box.dataset.status = status;
  box.querySelector("b").textContent = figure?.text ?? "";
  box.querySelector("span").textContent = figure?.words ?? "";
}

function showFacilities(box, unit, c) {
  const here = c.facilities.filter((one) => one.unit === unit);
  const words = c.words.unit;
  const lines = here.slice(0, MOST_FACILITIES).map((one) => {
    const line = make("li", "");
    const about = one.rank === null ? one.category : fill(words.facility_rank, { category: one.category, rank: count(one.rank) });
    line.append(make("b", one.name), make("span", one.approximate ? `${about} · ${words.approximate}` : about, { className: "muted" }));
    line.classList.toggle("chosen", one.facility_id === c.state.facility);
    return line;
  });
  if (here.length > MOST_FACILITIES) lines.push(make("li", fill(words.facility_more, { count: count(here.length - MOST_FACILITIES) }), { className: "muted" }));
  const list = make("ul", "", { className: "list-plain unit-facilities" });
  list.append(...lines);
  box.querySelector("summary").textContent = fill(words.facilities, { count: count(here.length) });
  box.querySelector("div").replaceChildren(list);
  box.hidden = here.length === 0;
  if (c.state.facility) box.open = true; // who chose a facility wants to see it
}

function showNext(unit, c) {
  const { told, links } = nextSteps(unit, c);
  const row = make("p", "", { className: "buttons" });
  row.append(...links.map((name) => make("a", c.words.unit.links[name], { className: "button", href: c.page.links[name] })));
  find("unit-next").replaceChildren(make("h3", c.words.unit.next), ...sentences(told), row);
  find("unit-next").hidden = false;
}
