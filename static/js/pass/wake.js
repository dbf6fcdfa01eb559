// Keep the screen on while a pass is shown, where the browser can; the page says whether it does or not.

/** Ask for the screen to stay on while `wanted()`; `mark` says in words how it stands. */
export function keepAwake(mark, words, wanted) {
  let lock = null;
  const say = (on) => (mark.textContent = on ? words.awake : words.may_sleep);
  const released = () => {
    lock = null;
    say(false);
  };
  const ask = async () => {
    if (lock || !wanted() || document.visibilityState !== "visible") return;
    try {
      lock = await navigator.wakeLock.request("screen");
    } catch {
      return say(false); // no such thing here, low battery, or not allowed
    }
    lock.addEventListener("release", released);
    say(true);
    if (!wanted()) lock.release();
  };
  document.addEventListener("visibilitychange", ask);
  return { ask, release: () => lock?.release() };
}
