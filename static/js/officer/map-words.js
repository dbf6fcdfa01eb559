// What the map says about a unit, in whole sentences with intervals; the words come from the page (translated).

import { chance, count, fill, oneDecimal, percent, short, signed } from "/static/js/officer/map-numbers.js";
import { VERDICT } from "/static/js/officer/map-units.js";

const pText = (p) => (p < 0.001 ? chance(p) : `= ${chance(p)}`);

const reasonText = (reason, words) => words.reasons[reason] ?? reason; // a note without words is shown as it is

/** Return what the whole period says of a unit: its one figure, what leads, and what that rests on. */
export function describeUnit(unit, c) {
  const words = c.words.unit;
  const figure = (name) => c.units.figure(name, unit);
  const [status, reason, visits] = [c.units.status(unit), c.units.reason(unit), figure("observed")];
  const observed = visits > 0 ? [fill(words.observed, { visits: count(visits), persons: count(figure("distinct_persons") ?? 0) })] : [];
  if (status === "no data") return { figure: null, lead: [...observed, fill(words.no_data, { reason: reasonText(reason, c.words) })], grounds: [] };
  const [risk, lead, grounds] = [riskOf(figure, words), observed.length ? observed : [words.none_observed], []];
  if (risk?.unsure) lead.push(words.risk_unsure);
  if (status === "hot") lead.push(words.hot);
  else if (visits > 0) lead.push(words.not_hot);
  const alone = c.units.verdicts[unit] === VERDICT.GI_ONLY;
  if (figure("z") !== null) (alone ? lead : grounds).push(secondOpinion(unit, c, figure("z"), figure("q")));
  if (figure("expected") !== null) grounds.unshift(fill(words.expected, { expected: short(figure("expected")) }));
  if (figure("scan_p") !== null) grounds.push(fill(words.scan, { p: pText(figure("scan_p")) }));
  if (!c.page.routes) grounds.push(...coverageOf(figure, words));
  if (reason) grounds.push(reasonText(reason, c.words));
  return { figure: risk, lead, grounds };
}

/** The one ratio of a unit with its interval; none where no case came. */
function riskOf(figure, words) {
  const [risk, low, high] = ["relative_risk", "ci_low", "ci_high"].map(figure);
  if (risk === null || !(figure("observed") > 0)) return null;
  const told = { low: short(low), high: high === null ? words.no_limit : short(high) };
  return { text: fill(words.risk, { risk: short(risk) }), words: fill(words.risk_words, told), unsure: low !== null && low < 1 && (high === null || high > 1) };
}

function secondOpinion(unit, c, z, q) {
  const [words, verdict] = [c.words.unit, c.units.verdicts[unit]];
  const said = verdict === VERDICT.BOTH ? words.gi_agrees : verdict === VERDICT.GI_ONLY ? words.gi_alone : words.gi_not;
  return fill(said, { z: oneDecimal(z), q: q === null ? "–" : chance(q) });
}

function coverageOf(figure, words) {
  const told = [];
  if (figure("coverage") !== null) told.push(fill(words.coverage, { share: percent(figure("coverage")) }));
  if (figure("visitor_coverage") !== null && figure("visitor_coverage_low") !== null) {
    const [share, low, high] = ["", "_low", "_high"].map((end) => percent(figure(`visitor_coverage${end}`)));
    told.push(fill(words.visitor_coverage, { share, low, high }));
  }
  return told;
}

const FOREMOST = 50; // blind spots that are worth a sentence; the table has them all

/** The place of a unit among the foremost blind spots, -1 where it is none of them, or nothing would be gained there. */
export function blindRank(unit, c) {
  const at = c.tables.blind_spots?.unit.indexOf(unit) ?? -1;
  return at < FOREMOST && c.tables.blind_spots?.columns.gain_person_hours?.[at] !== 0 ? at : -1;
}

/** Return the sentences about where the unit stands in the tables of the run. */
export function describeStanding(unit, c) {
  const told = [];
  const blind = blindRank(unit, c);
  if (blind >= 0) {
    const { share_seen: share, busiest_hour: hour, people_unseen_then: people } = c.tables.blind_spots.columns;
    const figures = { share: percent(share[blind]), hour: hour[blind], people: count(people[blind]) };
    const gain = c.tables.blind_spots.columns.gain_person_hours?.[blind] ?? null;
    if (gain !== null) told.push(fill(c.words.unit.blind_gain, { rank: count(blind + 1), gain: short(gain), ...figures }));
    else told.push(fill(c.words.unit.blind, { rank: count(blind + 1), ...figures }));
  }
  const at = c.tables.emerging?.unit.indexOf(unit) ?? -1;
  const name = at >= 0 ? c.words.patterns[c.tables.emerging.columns.category[at]] : undefined;
  if (name) told.push(fill(c.words.unit.pattern, { name }));
  return told;
}

/** Return the sentence about the hour shown; `when` is its day and hour in words. */
export function describeHour(unit, when, c) {
  if (!c.day) return [];
  const [words, { hour }] = [c.words.unit, c.state];
  const people = c.day.value("population", hour, unit);
  const told = [];
  if (people === null) told.push(fill(words.hour_missing, { when, reason: c.words.missing[c.day.why(hour, unit)] }));
  else {
    const grade = 1 + c.page.layers.population.bounds.filter((bound) => people > bound).length;
    told.push(fill(words.hour, { when, people: count(people), grade, name: c.words.grades[grade - 1] }));
  }
  const [rise, usual] = [c.day.value("surge", hour, unit), c.day.usual(hour, unit)];
  if (rise !== null) told.push(fill(words.hour_surge, { change: signed(rise) }));
  const days = c.day.restsOn(hour, unit) ?? c.page.compared[c.state.day] ?? "–";
  if (usual !== null) told.push(fill(words.hour_usual, { days, usual: count(usual), change: signed(Math.round(people) - Math.round(usual)) }));
  const [entries, visits] = [c.day.entriesAt[hour].get(unit), c.day.visitsAt[hour].get(unit)];
  if (entries) told.push(fill(words.hour_entries, { entries: count(entries) }));
  if (visits) told.push(fill(words.hour_visits, { visits: count(visits) }));
  return [told.join(" ")];
}

/** Return the sentence that compares the hour with the chosen other one. */
export function describeChange(unit, when, c) {
  const [before, now] = [c.base?.value("population", c.state.baseHour, unit) ?? null, c.day?.value("population", c.state.hour, unit) ?? null];
  if (before === null || now === null) return [];
  const told = [fill(c.words.unit.compared, { when, base: count(before), change: signed(Math.round(now) - Math.round(before)) })];
  const [rose, rises] = [c.base.value("surge", c.state.baseHour, unit), c.day.value("surge", c.state.hour, unit)];
  if (c.state.measure === "surge" && rose !== null && rises !== null) told.push(fill(c.words.unit.compared_surge, { base: signed(rose), now: signed(rises) }));
  return told;
}
