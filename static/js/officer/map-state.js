// What the officer looks at: one object, changed in one place, and kept in the address so that it can be sent on.

import { MEASURES, VIEWS } from "/static/js/officer/map-compare.js";

const TEXTS = ["layer", "day", "unit", "baseDay", "measure", "view"];
const HOURS = ["hour", "baseHour"];

/** Return what the address says, without anything that is no layer, day or hour. */
export function stateOfAddress(hash, { layers, days }) {
  const said = new URLSearchParams(hash.slice(1));
  const found = {};
  for (const name of TEXTS) if (said.has(name)) found[name] = said.get(name);
  for (const name of HOURS) if (/^\d+$/.test(said.get(name) ?? "") && Number(said.get(name)) < 24) found[name] = Number(said.get(name));
  if (!layers.includes(found.layer)) delete found.layer;
  if (!MEASURES.includes(found.measure)) delete found.measure;
  if (!VIEWS.includes(found.view)) delete found.view;
  for (const name of ["day", "baseDay"]) if (!days.includes(found[name])) delete found[name];
  return found;
}

/** Keep the state in the address; going back leaves the page, not the hour. */
export function keepInAddress(state) {
  const said = new URLSearchParams();
  const wanted = state.layer === "compare" ? [...TEXTS, ...HOURS] : ["layer", "day", "hour", "unit"];
  for (const name of wanted) if (state[name] !== "" && state[name] !== undefined) said.set(name, state[name]);
  history.replaceState(null, "", `#${said}`);
}
