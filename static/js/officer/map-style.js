// How units look: three words and ten grades, told apart by pattern and outline too, never by colour alone.

// Blue to red as Korean cities draw crowds; the ten steps stay apart for the common kinds of colour blindness.
export const GRADE_COLOURS = [
  "#313695", "#4575b4", "#74add1", "#abd9e9", "#e0f3f8", "#fee090", "#fdae61", "#f46d43", "#d73027", "#a50026",
];
export const STATUS = { HOT: "hot", CALM: "not significant", NONE: "no data" };
const INK = "#1e2124";

/** Return a canvas pattern of diagonal or dotted marks; Leaflet's canvas takes it as a fill. */
function pattern(kind, ground, mark) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.fillStyle = ground;
  pen.fillRect(0, 0, 8, 8);
  if (kind === "stripes") {
    pen.strokeStyle = mark;
    pen.lineWidth = 2;
    pen.beginPath();
    for (const shift of [-8, 0, 8]) {
      pen.moveTo(shift, 8);
      pen.lineTo(shift + 8, 0);
    }
    pen.stroke();
  } else {
    pen.fillStyle = mark;
    pen.fillRect(1, 1, 2, 2);
    pen.fillRect(5, 5, 2, 2);
  }
  return pen.createPattern(tile, "repeat");
}

const HOT_FILL = pattern("stripes", "#de3412", "#ffd9cf");
const NO_DATA_FILL = pattern("dots", "#f4f5f6", "#b1b8be");

/** Return the grade 1–10 of a number of people, given nine rising bounds. */
export function gradeOf(people, bounds) {
  let grade = 1;
  while (grade <= bounds.length && people >= bounds[grade - 1]) grade += 1;
  return grade;
}

/** Return the look of a unit in the view of verdicts. */
export function verdictStyle(status) {
  if (status === STATUS.HOT) return { fillColor: HOT_FILL, fillOpacity: 0.95, color: INK, weight: 3 };
  if (status === STATUS.NONE) return { fillColor: NO_DATA_FILL, fillOpacity: 0.7, color: "#cdd1d5", weight: 0.5 };
  return { fillColor: "#9ec1f7", fillOpacity: 0.75, color: "#ffffff", weight: 0.7 };
}

/** Return the look of a unit in the view of floating population; hot units keep their thick outline. */
export function populationStyle(status, people, bounds) {
  const outline = status === STATUS.HOT ? { color: INK, weight: 3 } : { color: "#ffffff", weight: 0.5 };
  if (people === null || people === undefined) return { fillColor: NO_DATA_FILL, fillOpacity: 0.7, ...outline };
  return { fillColor: GRADE_COLOURS[gradeOf(people, bounds) - 1], fillOpacity: 0.85, ...outline };
}

/** Draw the same look on a small canvas of the legend. */
export function drawSwatch(canvas, style) {
  const pen = canvas.getContext("2d");
  pen.globalAlpha = style.fillOpacity;
  pen.fillStyle = style.fillColor;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.globalAlpha = 1;
  pen.strokeStyle = style.color === "#ffffff" ? "#6d7882" : style.color;
  pen.lineWidth = Math.max(1, style.weight) * 2;
  pen.strokeRect(0, 0, canvas.width, canvas.height);
}
