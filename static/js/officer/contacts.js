// Notes what was done for a contact without loading the list again: reading it anew would be one more look at
// everybody's name. Without this script the same buttons send a form.

const data = JSON.parse(document.getElementById("page-data").textContent);

function show(contact, noted) {
  contact.dataset.state = noted.state;
  for (const button of contact.querySelectorAll(".contact-states button")) {
    button.setAttribute("aria-pressed", String(button.value === noted.state));
  }
  const told = contact.querySelector(".told");
  told.classList.remove("error");
  told.textContent = noted.told;
}

function count(counts) {
  let noted = 0;
  for (const shown of document.querySelectorAll("[data-count]")) {
    const state = shown.dataset.count;
    if (state === "waiting") continue;
    shown.textContent = counts[state] ?? 0;
    noted += counts[state] ?? 0;
  }
  document.querySelector('[data-count="waiting"]').textContent = data.persons - noted;
  document.getElementById("done").textContent = noted.toLocaleString("ko-KR");
  document.getElementById("done-meter").value = noted;
}

async function note(event) {
  const form = event.target.closest(".contact-states");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const contact = form.closest(".contact");
  const body = new FormData(form);
  body.set("state", event.submitter.value);
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const noted = await answer.json();
    show(contact, noted);
    count(noted.counts);
  } catch {
    const told = contact.querySelector(".told");
    told.classList.add("error");
    told.textContent = data.words.failed;
  }
}

document.getElementById("contacts").addEventListener("submit", note);
