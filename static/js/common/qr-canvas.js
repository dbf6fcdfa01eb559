// A QR symbol on a canvas, every module the same whole number of device pixels: nothing for a camera to guess.

import { encodeQR } from "/vendor/qr/index.js";

const QUIET = 4; // modules of white around the symbol

/** Return the rows of the symbol with its quiet zone (true is dark): version 6, medium correction, alphanumeric. */
export function symbolRows(text) {
  return encodeQR(text, "raw", { version: 6, ecc: "medium", encoding: "alphanumeric", border: QUIET });
}

/** Draw the text as large as `width` css pixels allow. */
export function drawQr(canvas, text, width) {
  const rows = symbolRows(text);
  const ratio = globalThis.devicePixelRatio || 1;
  const scale = Math.max(Math.floor((width * ratio) / rows.length), 1);
  const size = rows.length * scale;
  canvas.width = canvas.height = size; // also clears
  canvas.style.width = canvas.style.height = `${size / ratio}px`;
  const brush = canvas.getContext("2d");
  brush.fillStyle = "#fff";
  brush.fillRect(0, 0, size, size);
  brush.fillStyle = "#000";
  rows.forEach((row, y) => {
    row.forEach((dark, x) => {
      if (dark) brush.fillRect(x * scale, y * scale, scale, scale);
    });
  });
}
