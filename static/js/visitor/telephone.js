// What the caller hears, spoken by the browser where it can; the words stand on the page all the same.

const words = document.getElementById("heard-words").textContent.replaceAll(/[“”]/g, "");
const again = document.getElementById("heard-again");

function speak() {
  const spoken = new SpeechSynthesisUtterance(words);
  spoken.lang = document.documentElement.lang;
  speechSynthesis.cancel();
  speechSynthesis.speak(spoken);
}

if ("speechSynthesis" in window) {
  again.hidden = false;
  again.querySelector("button").addEventListener("click", speak);
}
