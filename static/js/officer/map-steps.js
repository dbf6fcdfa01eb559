// What an officer does about a unit, and which pages help.

import { count, fill } from "/static/js/officer/map-numbers.js";
import { visitedIn } from "/static/js/officer/map-visited.js";
import { blindRank } from "/static/js/officer/map-words.js";

/** Return sentences, and the names of the pages. */
export function nextSteps(unit, c) {
  const steps = c.words.unit.steps;
  const rise = c.day?.value("surge", c.state.hour, unit) ?? null;
  const surging = rise !== null && c.classes.surge && c.classes.surge[unit] >= 5;
  const [hot, seen] = [c.units.status(unit) === "hot", c.units.figure("observed", unit) > 0];
  const undone = visitedIn(unit, c).filter((one) => one.cases.disinfected === null);
  const told = [];
  if (hot) told.push(steps.hot);
  else if (seen) told.push(steps.seen);
  if (undone.length) told.push(fill(steps.disinfect, { places: undone.map((one) => one.name).join(", ") }));
  if (surging) told.push(fill(steps.surge, { change: count(rise) }));
  if (blindRank(unit, c) >= 0) told.push(steps.blind);
  if (!told.length) told.push(c.units.status(unit) === "no data" ? steps.unknown : steps.calm);
  const useful = hot ? ["plan", "cases", "publish", "message"] : seen ? ["cases", "plan"] : ["plan"];
  return { told, links: useful.filter((name) => name in c.page.links) };
}
