// Keeps the pages of the pass and the door for the time without network. Served as /sw.js by web/frame/offline.py, which puts
// RELEASE before it: { version, offline, pages: { path: [files] } }. A page and its files are kept as one set of one
// release, so that no page of today meets a script of yesterday; nothing below /api/ is ever kept.

const { version, offline, pages } = self.RELEASE;
const PREFIX = "entry-";
const NAME = PREFIX + version;
const RELEASE_HEADER = "Entry-Release"; // on pages that may be kept, and only on those
const PATIENCE = 2_500; // ms for a page or file that is kept; then the kept one is shown
const BAD_SPELL = 30_000; // ms after a failure in which the network is not waited for again
const DOWN = new Set([502, 503, 504]); // said by a proxy before a service that does not run
const filesOfAll = new Set(Object.values(pages).flat());
const loaded = new Map(); // client id → release of its page
let failedAt = -Infinity;

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("message", (event) => event.waitUntil(heard(event)));
addEventListener("sync", (event) => event.waitUntil(tell("hurry"))); // the pages send; this worker keeps no queue

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || pathname.startsWith("/api/")) return;
  if (request.mode === "navigate") event.respondWith(page(event, pathname));
  else if (filesOfAll.has(pathname)) event.respondWith(file(event, pathname));
});

/** Take into the new release what the old one kept, and what is open now; any other page comes when it is opened. */
async function install() {
  const wanted = new Set();
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX)) continue;
    const old = await caches.open(name);
    for (const path of Object.keys(pages)) if (await old.match(path)) wanted.add(path);
  }
  for (const { url } of await clients.matchAll({ includeUncontrolled: true, type: "window" })) {
    const { pathname } = new URL(url);
    if (pathname in pages) wanted.add(pathname);
  }
  await take(pages[offline]);
  await takePage(offline);
  for (const path of wanted) await keep(path);
}

/** Forget earlier releases; a page without worker before is served by this one from now on. */
async function activate() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
  for (const name of old) await caches.delete(name);
  await clients.claim();
}

/** Answer a page: "keep" takes it and its files, "take over" lets this release begin. */
async function heard({ data, source, ports: [port] }) {
  if (data.keep in pages) port?.postMessage(await keep(data.keep).catch(() => false));
  if (data.version) port?.postMessage(version);
  if (data.takeOver) {
    const windows = await clients.matchAll({ includeUncontrolled: true, type: "window" });
    const alone = windows.every(({ id }) => id === source.id);
    if (data.takeOver === "now" || alone) await self.skipWaiting();
  }
}

async function tell(message) {
  for (const client of await clients.matchAll({ type: "window" })) client.postMessage(message);
}

/** Keep a page and its files, the page last: where it is, they are. Return whether it may be kept. */
async function keep(path) {
  await take(pages[path]);
  return takePage(path);
}

async function take(files) {
  const cache = await caches.open(NAME);
  const missing = [];
  for (const path of files) if (!(await cache.match(path))) missing.push(new Request(path, { cache: "no-cache" }));
  await cache.addAll(missing);
}

async function takePage(path) {
  const cache = await caches.open(NAME);
  const answer = await fetch(path, { cache: "no-store", headers: { Accept: "text/html" } });
  if (answer.headers.get(RELEASE_HEADER) !== version) {
    if (answer.status < 500 && !answer.headers.get(RELEASE_HEADER)) await cache.delete(path); // revoked, or signed out
    return false;
  }
  await cache.put(path, await withoutMoment(answer));
  return true;
}

/** Return the page without what belongs to its moment: tokens, the time, who was signed in. */
async function withoutMoment(answer) {
  const text = (await answer.text())
    .replace(/(name="csrf-token" content=")[^"]*/g, "$1")
    .replace(/(name="csrf_token" value=")[^"]*/g, "$1")
    .replace(/("server_time": ?)[\d.]+/g, "$1null")
    .replace(/<form[^>]* action="\/logout"[\s\S]*?<\/form>/g, "");
  const headers = new Headers(answer.headers);
  for (const name of ["Content-Length", "Content-Encoding", "Date"]) headers.delete(name);
  return new Response(text, { headers });
}

/** Answer a navigation: the network, or after a short wait the kept page, or the sentence that there is none. */
async function page(event, path) {
  const kept = path in pages ? await caches.match(path, { cacheName: NAME }) : undefined;
  const asked = fetch(event.request);
  try {
    const answer = await (kept ? patiently(asked) : asked);
    if (!DOWN.has(answer.status)) {
      loaded.set(event.resultingClientId, answer.headers.get(RELEASE_HEADER));
      if (kept && answer.status < 500 && !answer.headers.get(RELEASE_HEADER)) event.waitUntil(forget(path));
      return answer;
    }
    if (!kept) return answer;
  } catch {
    asked.catch(() => {});
    failedAt = Date.now();
  }
  loaded.set(event.resultingClientId, version);
  return kept ?? caches.match(offline, { cacheName: NAME });
}

async function forget(path) {
  const cache = await caches.open(NAME);
  await cache.delete(path);
}

/** Answer a file: the kept one to a page of this release, else the network's, the kept one where that fails. */
async function file({ request, clientId }, path) {
  const kept = await caches.match(path, { cacheName: NAME });
  if (!kept) return fetch(request);
  const release = loaded.get(clientId);
  if (release === version || (release === undefined && Date.now() - failedAt < BAD_SPELL)) return kept;
  try {
    const answer = await patiently(fetch(request));
    return answer.ok ? answer : kept;
  } catch {
    failedAt = Date.now();
    return kept;
  }
}

/** Return what the promise gives, unless it takes too long. */
async function patiently(promise) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error("late")), PATIENCE)));
  promise.catch(() => {}); // after a late one nobody listens any more
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
