// Makes a page one that opens without network: registers the service worker, has the page kept, and says in words when
// a new release waits or when this browser cannot keep pages. `document.documentElement.dataset.offline` tells the
// state: "ready", "no" (no service worker here) or "failed" (this time).

const script = document.querySelector("script[data-release]");
const notice = document.getElementById("offline-notice");
const root = document.documentElement;
const LOOK_AGAIN = 3_600_000; // ms; a page at the door stays open for days

function say(what) {
  const place = document.querySelector("[data-notices]") ?? document.querySelector("main");
  if (!place.contains(notice)) place.prepend(notice);
  for (const part of notice.querySelectorAll("[data-say]")) part.hidden = part.dataset.say !== what;
  notice.hidden = false;
}

/** Ask a worker and return its answer. */
async function ask(worker, question) {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
  worker.postMessage(question, [port2]);
  return answer;
}

/** A new release is there: where this page already is of it, it takes over by itself, else the page says so. */
async function newRelease(worker) {
  if ((await ask(worker, { version: true })) === script.dataset.release) worker.postMessage({ takeOver: "if alone" });
  else say("new");
}

function watch(registration) {
  const { controller } = navigator.serviceWorker;
  if (registration.waiting && controller) newRelease(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker.addEventListener("statechange", () => {
      if (worker.state === "installed" && navigator.serviceWorker.controller) newRelease(worker);
    });
  });
  navigator.serviceWorker.addEventListener("controllerchange", keep);
  setInterval(() => registration.update().catch(() => {}), LOOK_AGAIN);
  document.getElementById("offline-reload").addEventListener("click", () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    if (registration.waiting) registration.waiting.postMessage({ takeOver: "now" });
    else location.reload();
  });
}

/** Have this page and its files kept, once the page itself has everything it needs. */
async function keep() {
  const { active } = await navigator.serviceWorker.ready;
  root.dataset.offline = (await ask(active, { keep: location.pathname })) ? "ready" : "failed";
}

async function begin() {
  if (!navigator.serviceWorker) {
    root.dataset.offline = "no";
    say("none");
    return;
  }
  try {
    const registration = await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
    if (!registration) return; // forbidden by whoever runs this browser
    watch(registration);
    registration.sync?.register("entry-door").catch(() => {}); // wakes a sleeping page where the browser can
    await keep();
  } catch {
    root.dataset.offline = "failed"; // no network: what was kept before is still there
  }
}

if (document.readyState === "complete") begin();
else addEventListener("load", begin, { once: true });
