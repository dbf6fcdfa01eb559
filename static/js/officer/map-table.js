// The layer as a table: sorted by any column, a page at a time, one row reached by Tab and the others by arrows.

import { asKorean, count, fill } from "/static/js/officer/map-numbers.js";
import { saveCsv } from "/static/js/officer/map-csv.js";

const PAGE = window.matchMedia("(max-width: 767px)").matches ? 10 : 20; // rows a page
const find = (id) => document.getElementById(id);
const shown = (column, value) => (value === null || value === undefined ? "–" : column.number ? (column.text ?? count)(value) : value);

export class LayerTable {
  /** `choose(unit, row)` is called when a row is chosen. */
  constructor(words, choose) {
    Object.assign(this, { words, choose, sort: null, page: 0, selected: -1 });
    find("page-back").addEventListener("click", () => this.turn(-1));
    find("page-forward").addEventListener("click", () => this.turn(1));
    find("table-csv").addEventListener("click", () => saveCsv(this.name, this.table.columns, this.rows));
    find("layer-rows").addEventListener("keydown", (event) => this.rove(event));
  }

  /** Show a table { rows, columns, unit(row), start?, upward? }; the sorting of a layer stays while its hours change. */
  show(id, caption, table) {
    const same = id === this.id;
    Object.assign(this, { id, table, caption, name: `${id}-${caption}` });
    if (!same) {
      this.page = 0;
      this.sort = table.start ? { key: table.start, down: !table.upward } : null;
      this.head();
    }
    find("table-caption").textContent = caption;
    this.order();
  }

  head() {
    const row = document.createElement("tr");
    for (const column of this.table.columns) {
      const cell = Object.assign(document.createElement("th"), { scope: "col", className: column.number ? "number" : "" });
      const button = Object.assign(document.createElement("button"), { type: "button", className: "sort", textContent: column.label });
      button.title = fill(this.words.sort, { column: column.label });
      button.addEventListener("click", () => this.sortBy(column));
      cell.dataset.key = column.key;
      cell.append(button);
      row.append(cell);
    }
    find("layer-rows").querySelector("thead").replaceChildren(row);
  }

  sortBy(column) {
    const down = this.sort?.key === column.key ? !this.sort.down : Boolean(column.number);
    this.sort = { key: column.key, down };
    this.page = 0;
    this.order();
  }

  order() {
    const column = this.sort && this.table.columns.find(({ key }) => key === this.sort.key);
    this.rows = column ? sorted(this.table.rows, column.order ?? column.value, this.sort.down) : this.table.rows;
    for (const cell of find("layer-rows").querySelectorAll("thead th")) {
      if (cell.dataset.key === this.sort?.key) cell.ariaSort = this.sort.down ? "descending" : "ascending";
      else cell.removeAttribute("aria-sort");
    }
    this.page = Math.min(this.page, Math.max(0, Math.ceil(this.rows.length / PAGE) - 1));
    this.draw();
  }

  turn(by) {
    this.page += by;
    this.draw();
  }

  draw() {
    const from = this.page * PAGE;
    const lines = this.rows.slice(from, from + PAGE).map((row) => this.line(row));
    find("layer-rows").querySelector("tbody").replaceChildren(...lines);
    const [first, last] = [this.rows.length ? from + 1 : 0, Math.min(from + PAGE, this.rows.length)];
    const figures = { from: count(first), to: count(last), total: count(this.rows.length) };
    const told = this.rows.length ? fill(this.words.page, figures) : this.words.empty;
    if (find("page-told").textContent !== told) find("page-told").textContent = told; // or every hour would say it again
    find("page-back").disabled = this.page === 0;
    find("page-forward").disabled = last >= this.rows.length;
    this.mark(this.selected);
  }

  line(row) {
    const line = document.createElement("tr");
    line.dataset.place = this.table.unit(row);
    for (const column of this.table.columns) {
      const cell = document.createElement(column.head ? "th" : "td");
      const text = shown(column, column.value(row));
      if (column.number) cell.className = "number";
      if (column.head) {
        cell.scope = "row";
        const button = Object.assign(document.createElement("button"), { type: "button", className: "unit-link", textContent: text, tabIndex: -1 });
        button.addEventListener("click", () => this.choose(this.table.unit(row), row));
        cell.append(asKorean(button));
      } else if (column.badge) {
        const badge = Object.assign(document.createElement("span"), { className: "verdict", textContent: text });
        badge.dataset.status = column.badge(row);
        cell.append(badge);
      } else cell.textContent = text;
      line.append(cell);
    }
    return line;
  }

  /** Mark the chosen unit's row; it, or the first, is where Tab arrives. */
  mark(unit) {
    this.selected = unit;
    const lines = [...find("layer-rows").querySelectorAll("tbody tr")];
    for (const line of lines) line.classList.toggle("selected", Number(line.dataset.place) === unit);
    const arrive = lines.find((line) => line.classList.contains("selected")) ?? lines[0];
    for (const line of lines) line.querySelector(".unit-link").tabIndex = line === arrive ? 0 : -1;
  }

  rove(event) {
    const links = [...find("layer-rows").querySelectorAll("tbody .unit-link")];
    const at = links.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = links[Math.max(0, Math.min(links.length - 1, to))];
    for (const link of links) link.tabIndex = link === next ? 0 : -1;
    next.focus();
  }
}

/** Rows by a value, those without one last whichever way. */
function sorted(rows, value, down) {
  const [known, unknown] = [[], []];
  for (const row of rows) (value(row) === null || value(row) === undefined ? unknown : known).push([row, value(row)]);
  const sign = down ? -1 : 1;
  known.sort(([, a], [, b]) => sign * (typeof a === "number" ? a - b : String(a).localeCompare(String(b), "ko")));
  return [...known, ...unknown].map(([row]) => row);
}
