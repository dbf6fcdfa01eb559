// A table as a file that Excel opens in Korean: UTF-8 with a byte order mark, and no cell that it would calculate.

const FORMULA = /^[=+@\t\r-]/;

function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(Math.round(value * 1e6) / 1e6);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The rows as CSV text. */
export function csvOf(columns, rows) {
  const lines = [columns.map(({ label }) => cell(label)), ...rows.map((row) => columns.map((column) => cell(column.value(row))))];
  return `\ufeff${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
}

/** Let the browser save the rows. */
export function saveCsv(name, columns, rows) {
  const address = URL.createObjectURL(new Blob([csvOf(columns, rows)], { type: "text/csv;charset=utf-8" }));
  const link = Object.assign(document.createElement("a"), { href: address, download: `${name.replace(/[^\p{L}\p{N}.-]+/gu, "_")}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1_000);
}
