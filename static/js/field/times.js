// Times of the field in Korea: what a time input shows, and what is told to the service.

const ZONE = "Asia/Seoul";
const clock = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" });
const SHOWN = { timeZone: "UTC", month: "numeric", day: "numeric", weekday: "short" };
const DAY = 86_400_000;

/** Return "14:05" of a moment (ms or ISO text). */
export const hourMinute = (at) => clock.format(new Date(at));

/** Return a day ("2020-08-25") as the page's language writes it. */
export function dayText(text, language) {
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : "ko-KR", SHOWN).format(new Date(`${text}T00:00:00Z`));
}

/** Return the Korean day of a moment, so many days later. */
export const dayOf = (at, later = 0) => day.format(new Date(at + later * DAY));

/** Return the moment (ms) of "14:05" of the day of `now`, or of the evening before, where a work began before midnight. */
export function momentOf(text, now) {
  const at = Date.parse(`${dayOf(now)}T${text}:00+09:00`);
  return at > now && now - (at - DAY) < DAY / 2 ? at - DAY : at;
}
