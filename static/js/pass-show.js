// Showing a pass: which code belongs to this moment, drawn anew in each slot, with what is left of it. Needs no network.

import { codeText, elementOf, fromBase64url, koreanTime, makeChain } from "./chain.js";
import { fill } from "./pass-api.js";
import { drawQr } from "./qr-canvas.js";

const LARGEST = 440; // css pixels; larger is harder to hold before a camera
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

/** Show the passes until stopped; `onDay` is told of a change of pass, `onOver` when none is left. */
export function show(view, passes, { now, words, onDay, onOver }) {
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
      drawQr(view.qr, codeOf(slot.pass, slot.i), Math.min(view.frame.clientWidth, LARGEST));
      view.qr.dataset.slot = slot.i;
      run(slot);
    }
    const seconds = Math.ceil(slot.left);
    if (seconds !== said) view.seconds.textContent = fill(words.left, { seconds });
    said = seconds;
  };
  const run = ({ left, pass }) => {
    const from = `scaleX(${left / pass.slot_seconds})`;
    for (const old of view.bar.getAnimations()) old.cancel();
    const steps = matchMedia("(prefers-reduced-motion: reduce)").matches ? `steps(${Math.ceil(left)})` : "linear";
    view.bar.animate([{ transform: from }, { transform: "scaleX(0)" }], { duration: left * 1000, fill: "forwards", easing: steps });
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
  return stop;
}
