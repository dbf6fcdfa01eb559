// Showing a pass: which code belongs to this moment, drawn anew in each slot, with what is left of it. Needs no network.

import { codeText, elementOf, fromBase64url, koreanTime, makeChain } from "../common/chain.js";
import { fill } from "./api.js";
import { shortCode } from "./short.js";
import { drawQr } from "../common/qr-canvas.js";

const DAY_MS = 86_400_000;
const KST_MS = 9 * 3_600_000;
const chains = new Map();

function unpacked(pass) {
  if (!chains.has(pass.pid)) {
    chains.set(pass.pid, {
      header: { ...pass, pid: fromBase64url(pass.pid) },
      elements: makeChain(fromBase64url(pass.seed), pass.slot_count),
      signature: fromBase64url(pass.sig),
    });
  }
  return chains.get(pass.pid);
}

/** Return the pass, the index and the seconds left of the code at this moment, or null where no pass is good. */
export function slotAt(passes, milliseconds) {
  const { day, second } = koreanTime(milliseconds);
  for (const pass of passes) {
    const i = Math.floor(second / pass.slot_seconds) - pass.first_slot + 1;
    if (pass.day === day && i >= 1 && i <= pass.slot_count) {
      return { pass, i, left: pass.slot_seconds - (second % pass.slot_seconds) };
    }
  }
  return null;
}

/** Return the text of the QR code with this index. */
export function codeOf(pass, i) {
  const { header, elements, signature } = unpacked(pass);
  return codeText(header, i, elementOf(elements, i), signature);
}

/** Return the typed code with this index, or "" where an older page got none. */
export function typedCodeOf(pass, i) {
  if (!pass.short_key) return "";
  return shortCode(pass.short_handle, fromBase64url(pass.short_key), pass.first_slot + i - 1);
}

/** Return when the slot with this index ends, as a clock in Korea shows it: 18:00:15. */
export function endOf(pass, i) {
  const end = pass.day * DAY_MS + (pass.first_slot + i) * pass.slot_seconds * 1000;
  const over = Math.min(end, (pass.day + 1) * DAY_MS) - KST_MS;
  return new Date(over).toLocaleTimeString("ko-KR", { timeZone: "Asia/Seoul", hourCycle: "h23", hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/**
 * Show the passes until stopped; `onDay` is told of a change of pass, `onOver` when none is left. The words beside the
 * symbol change quietly: nothing here is announced. Returns { stop, redraw }.
 */
export function show(view, passes, { now, words, who, onDay, onOver }) {
  let drawn = "";
  let said = 0;
  const draw = () => {
    const slot = slotAt(passes, now());
    if (slot === null) {
      stop();
      onOver();
      return;
    }
    const place = `${slot.pass.pid}/${slot.i}`;
    if (place !== drawn) {
      if (drawn && !drawn.startsWith(slot.pass.pid)) onDay();
      drawn = place;
      paint(slot);
      run(slot);
    }
    const seconds = Math.ceil(slot.left);
    if (seconds !== said) view.seconds.textContent = fill(words.left, { seconds });
    said = seconds;
  };
  const paint = ({ pass, i }) => {
    drawQr(view.qr, codeOf(pass, i), view.width());
    view.qr.dataset.slot = i;
    view.qr.setAttribute("aria-label", fill(words.alt, { who, until: endOf(pass, i) }));
    const typed = typedCodeOf(pass, i);
    view.typed.textContent = typed;
    view.typed.parentElement.hidden = !typed;
  };
  const run = ({ left, pass }) => {
    for (const old of view.bar.getAnimations?.() ?? []) old.cancel();
    const steps = matchMedia("(prefers-reduced-motion: reduce)").matches ? `steps(${Math.ceil(left)})` : "linear";
    const from = `scaleX(${left / pass.slot_seconds})`;
    view.bar.animate?.([{ transform: from }, { transform: "scaleX(0)" }], { duration: left * 1000, fill: "forwards", easing: steps });
  };
  const redraw = () => {
    drawn = "";
    draw();
  };
  const timer = setInterval(draw, 200);
  addEventListener("resize", redraw);
  document.addEventListener("visibilitychange", draw);
  function stop() {
    clearInterval(timer);
    removeEventListener("resize", redraw);
    document.removeEventListener("visibilitychange", draw);
  }
  draw();
  return { stop, redraw };
}
