// What the map says about a unit, in whole sentences with intervals; the words come from the page (translated).

const LOCALE = document.documentElement.lang;
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 2 });
const share = new Intl.NumberFormat(LOCALE, { style: "percent", maximumSignificantDigits: 2 });

/** Put figures into a sentence: fill("{n}명", {n: 3}) → "3명". */
export function fill(sentence, figures) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => figures[name]);
}

function pText(p) {
  return p < 0.001 ? "< 0.001" : `= ${p.toFixed(3)}`;
}

/** One decimal, and never the "-0.0" of a small negative number. */
function zText(z) {
  return (Math.round(z * 10) / 10 + 0).toFixed(1);
}

/** Return the reason or note of a unit in words; a note that has none is shown as the run wrote it. */
function reasonText(unit, page) {
  return page.words.reasons[unit.reason] ?? unit.reason ?? "";
}

/** Return the sentences about the whole period. */
export function describeUnit(unit, page) {
  const words = page.words.unit;
  const seen = { visits: whole.format(unit.observed ?? 0), persons: whole.format(unit.distinct_persons ?? 0) };
  const observed = unit.observed > 0 ? [fill(words.observed, seen)] : [];
  if (unit.status === "no data") return [...observed, fill(words.no_data, { reason: reasonText(unit, page) })];
  const told = observed.length ? observed : [words.none_observed];
  if (unit.expected !== null) told.push(fill(words.expected, { expected: short.format(unit.expected) }));
  if (unit.relative_risk !== null && unit.observed > 0) {
    const figures = { risk: short.format(unit.relative_risk), low: short.format(unit.ci_low) };
    const high = unit.ci_high === null ? words.no_limit : short.format(unit.ci_high);
    told.push(fill(words.risk, { ...figures, high }));
  }
  if (unit.status === "hot") told.push(fill(words.hot, { p: pText(unit.scan_p) }));
  else if (unit.scan_p !== null) told.push(fill(words.not_hot, { p: pText(unit.scan_p) }));
  if (unit.z !== null) {
    const agrees = unit.q !== null && unit.q <= page.alpha;
    told.push(fill(agrees ? words.gi_agrees : words.gi_not, { z: zText(unit.z), q: unit.q === null ? "–" : unit.q.toFixed(3) }));
  }
  if (unit.coverage !== null && !page.routes) told.push(fill(words.coverage, { share: share.format(unit.coverage) }));
  if (unit.reason) told.push(reasonText(unit, page));
  return told;
}

/** Return the sentence about the hour shown. */
export function describeHour({ when, people, grade, visits, entries, missing }, page) {
  const words = page.words.unit;
  const told =
    people === null
      ? fill(words.hour_missing, { when, reason: page.words.missing[missing] ?? missing })
      : fill(words.hour, { when, people: whole.format(people), grade, name: page.words.grades[grade - 1] });
  const more = [];
  if (entries) more.push(fill(words.hour_entries, { entries: whole.format(entries) }));
  if (visits) more.push(fill(words.hour_visits, { visits: whole.format(visits) }));
  return [[told, ...more].join(" ")];
}
