// Finds a place by its name: units, facilities, dongs and stations in one list (a combobox, as ARIA describes it).

import { asKorean, count, fill } from "/static/js/officer/map-numbers.js";

const MOST = 8;
const find = (id) => document.getElementById(id);
const plain = (text) => text.replaceAll(" ", "").toLowerCase();

export class Search {
  /** `places()` gives [{ kind, name, go() }]; the first of each kind come first. */
  constructor(words, places) {
    Object.assign(this, { words, places, at: -1, found: [], asked: false });
    this.box = find("search");
    this.list = find("search-found");
    this.box.addEventListener("input", () => this.look());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("blur", () => setTimeout(() => this.close(), 200)); // after a click on the list
  }

  /** Look again after more places became known, where somebody waits for an answer and has not begun to choose. */
  renew() {
    if (this.asked && this.at < 0) this.look();
  }

  look() {
    const wanted = plain(this.box.value);
    if (!wanted) return this.close();
    this.asked = true;
    const fits = this.places().filter(({ name }) => plain(name).includes(wanted));
    fits.sort((a, b) => plain(b.name).startsWith(wanted) - plain(a.name).startsWith(wanted));
    this.found = fits.slice(0, MOST);
    this.at = -1;
    this.list.replaceChildren(...this.found.map((place, number) => this.option(place, number)));
    this.list.hidden = this.found.length === 0;
    this.box.ariaExpanded = String(this.found.length > 0);
    this.box.removeAttribute("aria-activedescendant");
    const said = this.found.length ? this.words.found : this.words.none;
    find("search-message").textContent = fill(said, { count: count(fits.length), text: this.box.value });
    find("search-message").classList.toggle("visually-hidden", this.found.length > 0);
  }

  option(place, number) {
    const line = Object.assign(document.createElement("li"), { id: `found-${number}`, role: "option", ariaSelected: "false" });
    const kind = Object.assign(document.createElement("span"), { className: "muted", textContent: this.words[place.kind] });
    line.append(asKorean(Object.assign(document.createElement("span"), { textContent: place.name })), " ", kind);
    line.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus, the list stays
    line.addEventListener("click", () => this.choose(number));
    return line;
  }

  key(event) {
    const last = this.found.length - 1;
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && last >= 0) this.choose(Math.max(0, this.at));
    else if (event.key === "ArrowDown") this.move(Math.min(last, this.at + 1));
    else if (event.key === "ArrowUp") this.move(Math.max(0, this.at - 1));
    else return;
    event.preventDefault();
  }

  move(to) {
    this.at = to;
    [...this.list.children].forEach((line, number) => {
      line.ariaSelected = String(number === to);
      if (number === to) line.scrollIntoView({ block: "nearest" });
    });
    if (to >= 0) this.box.setAttribute("aria-activedescendant", `found-${to}`);
  }

  choose(number) {
    const place = this.found[number];
    this.close();
    this.box.value = place.name;
    place.go();
    if (place.kind === "dong" || place.kind === "station") find("search-message").textContent = fill(this.words.moved, { text: place.name }); // a unit's panel says itself
  }

  close() {
    this.list.hidden = true;
    Object.assign(this, { found: [], asked: false });
    this.box.ariaExpanded = "false";
    this.box.removeAttribute("aria-activedescendant");
    find("search-message").textContent = "";
  }
}
