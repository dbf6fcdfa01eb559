// A button that prints the page it stands on. Without scripts the browser's own menu prints it as well.

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}
