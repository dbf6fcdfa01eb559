// Contrast and size of text change at once, so that nothing typed is lost; the cookie keeps the choice for the next
// page. A page that a service worker kept says the choice of the day it was kept: the cookie is read again here.
// Without this script the links load the page anew with the choice in its address.

const YEAR = 31_536_000;
const links = [...document.querySelectorAll(".display [data-name]")];
const allowed = (name, value) => links.some(({dataset}) => dataset.name === name && dataset.value === value);

function show(name, value) {
  document.documentElement.dataset[name] = value;
  for (const link of links.filter(({dataset}) => dataset.name === name)) {
    if (link.dataset.value === value) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function choose(event) {
  const {name, value} = event.currentTarget.dataset;
  event.preventDefault();
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Max-Age=${YEAR}; Path=/; SameSite=Lax${secure}`;
  show(name, value);
}

for (const link of links) link.addEventListener("click", choose);
for (const pair of document.cookie.split("; ")) {
  const [name, value] = pair.split("=");
  if (allowed(name, value) && !new URLSearchParams(location.search).has(name)) show(name, value);
}
