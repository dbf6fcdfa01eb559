// The panel beside the map: why a unit is hot, its hours as a chart, its facilities, and what to do.

import { drawChart } from "/static/js/officer/map-chart.js";
import { count, fill } from "/static/js/officer/map-numbers.js";
import { describeChange, describeHour, describeStanding, describeUnit, nextSteps } from "/static/js/officer/map-words.js";

const MOST_FACILITIES = 8;
const find = (id) => document.getElementById(id);
const make = (tag, text, more = {}) => Object.assign(document.createElement(tag), { textContent: text, ...more });

/** Show a unit; `when(day, hour)` gives a time in words. */
export function showPanel(unit, c, when) {
  const { units, words } = c;
  const [name, code, status] = [units.name(unit), units.codes[unit], units.status(unit)];
  find("unit-title").textContent = name;
  find("unit-code").textContent = name === code ? "" : code;
  Object.assign(find("unit-status"), { textContent: words.status[status], hidden: false }).dataset.status = status;
  const change = c.state.layer === "compare" ? describeChange(unit, when(c.state.baseDay, c.state.baseHour), c) : [];
  const sentences = [...describeUnit(unit, c), ...describeStanding(unit, c), ...describeHour(unit, when(c.state.day, c.state.hour), c), ...change];
  find("unit-sentences").replaceChildren(...sentences.map((text) => make("p", text)));
  drawChart(find("unit-chart"), unit, c, when);
  showFacilities(unit, c);
  showNext(unit, c);
}

function showFacilities(unit, c) {
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
  find("unit-facilities").replaceChildren(make("h3", words.facilities), list);
  find("unit-facilities").hidden = here.length === 0;
}

function showNext(unit, c) {
  const { told, links } = nextSteps(unit, c);
  const row = make("p", "", { className: "buttons" });
  row.append(...links.map((name) => make("a", c.words.unit.links[name], { className: "button", href: c.page.links[name] })));
  find("unit-next").replaceChildren(make("h3", c.words.unit.next), ...told.map((text) => make("p", text)), row);
  find("unit-next").hidden = false;
}
