// Keeps the number of people inside fresh while the page is looked at. Without this script the page says when it was
// read, and reloading it does the same.

const data = JSON.parse(document.getElementById("page-data").textContent);
const board = document.getElementById("now-board");
const value = document.getElementById("now-value");
const meter = document.getElementById("now-meter");
const word = document.getElementById("now-word");
const read = document.getElementById("now-read");
const clock = new Intl.DateTimeFormat("ko-KR", {hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: "Asia/Seoul"});
let lastRead = null;
let timer = 0;
let asking = false;

function show({occupancy, limit, crowding, now}) {
  lastRead = clock.format(new Date(now));
  value.textContent = occupancy.toLocaleString("ko-KR");
  read.textContent = data.words.read.replace("{time}", lastRead);
  read.classList.remove("error");
  word.hidden = !crowding;
  word.textContent = data.crowding[crowding] ?? "";
  board.dataset.crowding = crowding;
  if (meter && limit) {
    meter.max = limit;
    meter.value = Math.min(occupancy, limit);
  }
}

function showFailure(sentence) {
  read.textContent = sentence;
  read.classList.add("error");
}

// Returns whether asking again makes sense.
async function refresh() {
  try {
    const answer = await fetch(data.address, {headers: {Accept: "application/json"}, signal: AbortSignal.timeout(10_000)});
    if (answer.status === 401 || answer.status === 403) {
      showFailure(data.words.ended);
      return false;
    }
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    show(await answer.json());
  } catch {
    showFailure(data.words.failed.replace("{time}", lastRead ?? data.read_at));
  }
  return true;
}

async function keepFresh() {
  if (asking || document.visibilityState !== "visible") return;
  clearTimeout(timer);
  asking = true;
  const again = await refresh();
  asking = false;
  if (again) timer = setTimeout(keepFresh, data.seconds * 1_000);
}

document.addEventListener("visibilitychange", keepFresh);
timer = setTimeout(keepFresh, data.seconds * 1_000);
