// The forms of a stop: who drops it is asked for the reason before it is sent; a note shows the fields of its result.

for (const form of document.querySelectorAll(".plan-change:not(.plan-note)")) {
  const { team, reason } = form.elements;
  const ask = () => (reason.required = team.value === "drop");
  team.addEventListener("change", ask);
  ask();
}

for (const form of document.querySelectorAll(".plan-note")) {
  const { state } = form.elements;
  const show = () => {
    for (const part of form.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state.value;
    form.elements.obstacle.required = state.value === "could_not";
  };
  state.addEventListener("change", show);
  show();
}
