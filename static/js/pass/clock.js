// The time a pass is shown by: the phone's clock, set right by what the service said when the page came. A page that was
// kept for the time without network brings no such word; it goes by what the phone was off by the last time.

const KEPT = "entry.clock"; // ms the phone is ahead, only where that matters
const BELIEVED = 3_000; // ms; less is the network

function keptAhead() {
  try {
    return Number(localStorage.getItem(KEPT)) || 0;
  } catch {
    return 0; // the browser forbids it
  }
}

function keepAhead(ahead) {
  try {
    if (Math.abs(ahead) > BELIEVED) localStorage.setItem(KEPT, String(Math.round(ahead)));
    else localStorage.removeItem(KEPT);
  } catch {
    // full, or forbidden: the phone's own clock then
  }
}

/**
 * Return a clock in milliseconds, and by how much the phone is ahead of the service (negative: behind). `serverTime` is
 * null in a page that was kept.
 */
export function makeClock(serverTime) {
  const [navigation] = performance.getEntriesByType("navigation");
  const since = Math.min(Math.max(performance.now() - (navigation?.responseStart ?? 0), 0), 60_000);
  let ahead = serverTime === null ? keptAhead() : Date.now() - since - serverTime;
  if (serverTime !== null) keepAhead(ahead);
  return {
    now: () => Date.now() - ahead,
    ahead: () => ahead,
    /** Take a newer word of the service; the answer took a moment, so small differences are not believed. */
    correct(iso) {
      const difference = Date.now() - Date.parse(iso);
      if (Math.abs(difference - ahead) <= BELIEVED) return;
      ahead = difference;
      keepAhead(ahead);
    },
  };
}

/** Return how wrong the phone's clock is in words, or "" where it does not matter. */
export function skewSentence(ahead, words, fill) {
  const seconds = Math.round(Math.abs(ahead) / 1000);
  if (seconds < 20) return "";
  const [n, word] =
    seconds < 120 ? [seconds, words.in_seconds] : seconds < 7_200 ? [Math.round(seconds / 60), words.in_minutes] : [Math.round(seconds / 3600), words.in_hours];
  return fill(words.skew, { amount: fill(word, { n }), direction: ahead > 0 ? words.fast : words.slow });
}
