// The printable list: one button that prints.

document.getElementById("print").addEventListener("click", () => window.print());
