// The text of a message is counted while it is typed, and copied by a button. The server counts again: this only shows.

const data = JSON.parse(document.getElementById("page-data").textContent);
const text = document.getElementById("text");
const count = document.getElementById("count");
const copy = document.getElementById("copy");
const copied = document.getElementById("copied");

/** Return how many characters a message has: code points after composition, as core/disaster_message.py counts. */
function length(words) {
  const lines = words.normalize("NFC").split(/\r\n|\r|\n/).map((line) => line.trim().split(/\s+/).join(" "));
  return [...lines.filter(Boolean).join("\n")].length;
}

function show() {
  const used = length(text.value);
  const rest = data.longest - used;
  const figures = { count: used, longest: data.longest, rest: Math.abs(rest) };
  const form = rest < 0 ? data.over : data.left;
  count.textContent = form.replace(/\{(\w+)\}/g, (_, name) => String(figures[name]));
  count.classList.toggle("over", rest < 0);
  copied.textContent = "";
}

text.addEventListener("input", show);
if (copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      copied.textContent = data.copied;
    } catch {
      text.select();
      copied.textContent = data.failed;
    }
  });
}
