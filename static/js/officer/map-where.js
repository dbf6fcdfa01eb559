// Where a unit lies, as people say it: so far from the nearest station, on which side.

import { fill } from "/static/js/officer/map-numbers.js";
import { placeName } from "/static/js/officer/map-marks.js";

const METRES = 111_195; // of a degree of latitude
const [NEAR, ROUND] = [100, 50];

/** Say it of the middle of a unit; nothing where no station is known. */
export function whereIs(unit, c) {
  const words = c.words.unit;
  const [lat, lng] = c.units.shapes.middle(unit);
  const away = c.ground.features.filter(({ geometry }) => geometry.type === "Point").map(({ geometry, properties }) => {
    const [east, north] = [(lng - geometry.coordinates[0]) * Math.cos((lat * Math.PI) / 180) * METRES, (lat - geometry.coordinates[1]) * METRES];
    return { station: placeName(properties), metres: Math.hypot(east, north), turn: Math.atan2(east, north) };
  });
  if (!away.length) return "";
  const nearest = away.reduce((best, one) => (one.metres < best.metres ? one : best));
  if (nearest.metres < NEAR) return fill(words.where_at, nearest);
  const side = words.sides[(Math.round(nearest.turn / (Math.PI / 4)) + 8) % 8];
  return fill(words.where, { station: nearest.station, side, metres: (Math.round(nearest.metres / ROUND) * ROUND).toLocaleString() });
}
