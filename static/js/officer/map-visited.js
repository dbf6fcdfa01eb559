// Which facilities of a unit cases visited: how many, when, and whether it was disinfected since.

import { count, fill } from "/static/js/officer/map-numbers.js";

const make = (tag, text, className = "") => Object.assign(document.createElement(tag), { textContent: text, className });

/** The facilities of a unit that cases visited, where most were first. */
export function visitedIn(unit, c) {
  const here = c.facilities.filter((one) => one.unit === unit && one.cases);
  return here.sort((a, b) => (b.cases.persons ?? 0) - (a.cases.persons ?? 0));
}

/** Show them, or why the map does not say which; nothing where no case came. */
export function showVisited(box, unit, c) {
  const [words, found] = [c.words.unit, visitedIn(unit, c)];
  const came = c.units.figure("observed", unit) > 0;
  box.hidden = !found.length && !came;
  const uncounted = found.some(({ cases }) => cases.persons === null);
  const hint = uncounted ? words.visited_uncounted : found.length || !c.facilities.length || c.page.routes ? "" : words.visited_unknown;
  if (!found.length && !hint) box.hidden = true;
  const list = make("ul", "", "list-plain visited");
  list.append(...found.map((one) => lineOf(one, words)));
  box.replaceChildren(make("h3", words.visited), ...(found.length ? [list] : []), ...(hint ? [make("p", hint, "hint")] : []));
}

function lineOf({ name, category, cases }, words) {
  const line = make("li", "");
  const head = make("p", "");
  head.append(make("b", name), " ", make("span", category, "muted"));
  const counted = cases.persons === null ? [] : [fill(words.visited_counts, { persons: count(cases.persons), visits: count(cases.visits) })];
  const done = cases.disinfected === null ? words.not_disinfected : fill(words.disinfected, { when: cases.disinfected });
  const state = make("span", done, cases.disinfected === null ? "undone" : "done");
  const facts = make("p", "");
  facts.append([...counted, cases.when].join(" · "), " · ", state);
  line.append(head, facts);
  return line;
}
