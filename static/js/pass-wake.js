// Keep the screen on while a pass is shown, where the browser can; the mark on the page says whether it does.

/** Ask for the screen to stay on while `wanted()`; `mark` is shown only while it does. */
export function keepAwake(mark, wanted) {
  let lock = null;
  const released = () => {
    lock = null;
    mark.hidden = true;
  };
  const ask = async () => {
    if (lock || !wanted() || document.visibilityState !== "visible" || !navigator.wakeLock) return;
    try {
      lock = await navigator.wakeLock.request("screen");
    } catch {
      return; // low battery or not allowed: the mark stays hidden
    }
    lock.addEventListener("release", released);
    mark.hidden = false;
    if (!wanted()) lock.release();
  };
  document.addEventListener("visibilitychange", ask);
  return { ask, release: () => lock?.release() };
}
