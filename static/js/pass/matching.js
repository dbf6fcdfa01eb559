// Whether a visit is told beside a published place, and how strongly. The phone alone asks this; core/notices.py says
// the same, and the same known answers hold for both (contract/notice_vectors.json). Times are milliseconds, and every
// interval is half-open: [start, end).

const MINUTE = 60_000;
const DAY = 86_400_000;
const KST = 9 * 3_600_000;

/** Return the first midnight in Korea at or after the moment. */
function midnightFrom(at) {
  return Math.ceil((at + KST) / DAY) * DAY - KST;
}

/** Return until when whoever comes is still told: the end of the Korean day, or just after the case left. */
export function toldUntil(place, rule) {
  return Math.max(midnightFrom(place.end), place.by_date ? place.end : place.end + rule.after_minutes * MINUTE);
}

/** Return "high", "low" or null: how a visit from `entered` to `left` is told beside a place. */
export function gradeOf(entered, left, place, rule) {
  const gone = Math.max(left, entered + MINUTE);
  if (gone <= place.start || entered >= toldUntil(place, rule)) return null;
  const overlap = Math.min(gone, place.end) - Math.max(entered, place.start);
  return !place.by_date && overlap >= rule.high_minutes * MINUTE ? "high" : "low";
}

/**
 * Return one notice for each visit that is told: its strongest place. `visits` are { facility_id, entered_at, left_at, … }
 * as the phone keeps them, `list` is the published one; a visit whose end nobody saw lasts as long as is usual there.
 */
export function match(visits, list, now) {
  const told = [];
  for (const visit of visits) {
    const entered = Date.parse(visit.entered_at);
    const found = list.places
      .filter((place) => place.facility_id === visit.facility_id && Date.parse(place.until) > now)
      .map((place) => ({ place, grade: atMost(place.advice, gradeOf(entered, leftAt(visit, place), times(place), list.rule)) }))
      .filter(({ grade }) => grade)
      .sort(byStrength);
    if (found.length) told.push({ visit, ...found[0], assumed: !visit.left_at });
  }
  return told;
}

/** Return the grade, no stronger than the place may be told. */
function atMost(advice, grade) {
  return grade === "high" && advice !== "high" ? "low" : grade;
}

function byStrength(one, other) {
  if (one.grade !== other.grade) return one.grade === "high" ? -1 : 1;
  return Date.parse(other.place.until) - Date.parse(one.place.until);
}

function leftAt(visit, place) {
  return visit.left_at ? Date.parse(visit.left_at) : Date.parse(visit.entered_at) + place.stay_minutes * MINUTE;
}

function times({ start, end, by_date }) {
  return { start: Date.parse(start), end: Date.parse(end), by_date };
}
