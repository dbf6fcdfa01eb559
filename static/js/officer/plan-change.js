// Changes of a plan: who drops a stop is asked for the reason before it is sent, where it is missing.

for (const form of document.querySelectorAll(".plan-change")) {
  const { team, reason } = form.elements;
  const ask = () => (reason.required = team.value === "drop");
  team.addEventListener("change", ask);
  ask();
}
