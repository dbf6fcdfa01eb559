// Hears a USB or Bluetooth scanner that types like a keyboard: keys faster than a hand, then Enter. It is heard
// wherever the focus is. Keys are taken by their place on the keyboard, so that a Korean input method changes nothing.
// A quick hand in a field (a PIN, a telephone number) loses no key: only what begins like one of our codes is kept out of
// it while it comes; anything else a scanner types there is taken out again at its end.

const PAUSE = 1_000; // ms without a key: what comes is something new
const FASTEST_HAND = 60; // ms a key on average; scanners need 1 to 40, single keys may come late on a busy device
const SURE = 4; // so many keys in a burst are a scanner's: they must not press a button that has the focus
const SHORTEST = 20; // characters of a code worth handing on; a fast typist's word is not one
const OURS = /EP[CK]1/;
const PLAIN = { Space: " ", Minus: "-", Period: ".", Slash: "/", NumpadAdd: "+", NumpadSubtract: "-" };
const SHIFTED = { Digit4: "$", Digit5: "%", Digit8: "*", Equal: "+", Semicolon: ":", Slash: "?" };
const MORE = { NumpadMultiply: "*", NumpadDecimal: ".", NumpadDivide: "/", Equal: "=" };

/** Return the character of a key as an English keyboard has it, or "" for a key without one. */
export function characterOf({ key, code, shiftKey }) {
  const letter = /^Key([A-Z])$/.exec(code);
  if (letter) return letter[1];
  if (key.length === 1 && key >= " " && key <= "~") return key;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code);
  if (shiftKey && SHIFTED[code]) return SHIFTED[code];
  return digit ? digit[1] : (PLAIN[code] ?? MORE[code] ?? "");
}

/** Hand every code that a scanner types anywhere on the page to `onCode`; a field is cleaned of its first keys. */
export function hearScanner(onCode) {
  let burst = "";
  let first = 0;
  let last = 0;
  let field = null; // where the keys went, and what it held when the burst began
  let before = "";
  const clean = () => {
    if (!typing()) return;
    field.value = before;
    field.blur(); // ends a syllable that the input method still composes
    field.value = before;
    field.focus();
  };
  const typing = () => Boolean(field) && field.type !== "radio";
  const fast = () => burst.length > 1 && (last - first) / (burst.length - 1) < FASTEST_HAND;

  addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
      if (event.timeStamp - last > PAUSE) burst = "";
      const end = event.key === "Enter" || event.key === "Tab" || event.code === "Enter";
      if (end) {
        const code = burst.slice(Math.max(0, burst.search(OURS))); // a stray key before it does no harm
        const isCode = code.length >= SHORTEST && fast();
        burst = "";
        if (!isCode) return;
        stop(event);
        clean();
        onCode(code);
        return;
      }
      const character = characterOf(event);
      if (!character) return; // Shift, or an arrow
      if (!burst) {
        field = event.target instanceof HTMLInputElement ? event.target : null;
        before = field?.value ?? "";
        first = event.timeStamp;
      }
      burst += character;
      last = event.timeStamp;
      if (burst.length >= SURE && fast() && (!typing() || OURS.test(burst))) stop(event);
    },
    { capture: true },
  );

  // A button is pressed by Space when the key is let go, an input method ends a letter then.
  addEventListener(
    "keyup",
    (event) => {
      if (burst.length >= SURE && fast() && event.key === " ") stop(event);
    },
    { capture: true },
  );
}

function stop(event) {
  event.preventDefault();
  event.stopPropagation();
}
