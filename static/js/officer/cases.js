// The case register's form works without this; here are only conveniences: another row at once, facilities as one types.

const API = "/api/v1/facilities";
const WAIT_MS = 200;
const MOST_ROWS = 50;
const places = document.getElementById("places");
const options = document.getElementById("facility-options");
const more = document.getElementById("more");
let waiting = null;
let asked = "";

/** Offer the facilities that fit what was typed; only the newest question is answered. */
async function offer(text) {
  asked = text;
  const answer = await fetch(`${API}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok || asked !== text) return;
  const { facilities } = await answer.json();
  options.replaceChildren(
    ...facilities.map((found) => Object.assign(document.createElement("option"), { value: found.label, label: found.address })),
  );
}

places.addEventListener("input", ({ target }) => {
  if (!target.id.endsWith("-facility")) return;
  clearTimeout(waiting);
  const text = target.value.trim();
  const chosen = [...options.options].some((option) => option.value === text);
  if (text && !chosen) waiting = setTimeout(() => offer(text), WAIT_MS);
});

/** Return an empty copy of a row with the next number. */
function nextRow(last) {
  const number = Number(last.dataset.row) + 1;
  const row = last.cloneNode(true);
  row.dataset.row = String(number);
  row.querySelector("legend").textContent = more.dataset.legend.replace("{number}", String(number + 1));
  for (const element of row.querySelectorAll(".error")) element.remove();
  for (const input of row.querySelectorAll("input")) {
    const name = input.name.replace(/^place-\d+/, `place-${number}`);
    row.querySelector(`label[for="${input.id}"]`).htmlFor = name;
    Object.assign(input, { id: name, name, value: "" });
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
  return row;
}

more.addEventListener("click", (event) => {
  event.preventDefault();
  const row = nextRow(places.lastElementChild);
  places.append(row);
  row.querySelector("input").focus();
  more.disabled = places.children.length >= MOST_ROWS;
});

document.getElementById("summary")?.focus();
