/* Keeps the list of batches as it is on the service while one is being made. */

const EVERY = 2000; // milliseconds
const list = () => document.getElementById("batches");
const isRunning = () => list().querySelector('[data-state="running"]') !== null;

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (answer.ok && !answer.redirected) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    list().replaceWith(page.getElementById("batches"));
  }
}

async function follow() {
  while (isRunning()) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    await refresh().catch(() => {}); // without network the next round asks again
  }
}

follow();
