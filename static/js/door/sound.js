// Sounds and vibration of the door: one tune a verdict, told apart without looking, and a switch to silence them.

const SILENT = "door-silent"; // kept on this device

// [frequency in Hz, start in s, length in s]; two tunes never share their shape
const TUNES = {
  in: [[880, 0, 0.09], [1319, 0.1, 0.16]],
  out: [[1047, 0, 0.09], [698, 0.1, 0.16]],
  kept: [[880, 0, 0.09], [880, 0.12, 0.16]],
  warn: [[988, 0, 0.1], [988, 0.16, 0.1], [988, 0.32, 0.1]],
  refused: [[196, 0, 0.22], [165, 0.26, 0.4]],
  look: [[587, 0, 0.06], [587, 0.1, 0.06]],
  other: [[440, 0, 0.08]],
  wait: [[660, 0, 0.05]],
};
const SHAKES = { in: [60], out: [60, 60, 60], kept: [60, 40, 20], warn: [80, 60, 80, 60, 80], refused: [250, 80, 250], look: [20], other: [30], wait: [30] };

export class Sound {
  #context = null;

  /** `onState` is told whenever it changes whether a verdict can be heard: "on", "off", "locked" or "none". */
  constructor(onState) {
    this.onState = onState;
    // Browsers let a page sound only after somebody touched it.
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => this.#unlock(), { capture: true });
  }

  get state() {
    if (!globalThis.AudioContext) return "none";
    if (localStorage.getItem(SILENT)) return "off";
    return this.#context?.state === "running" ? "on" : "locked";
  }

  /** Say whether this device can shake. */
  get shakes() {
    return typeof navigator.vibrate === "function";
  }

  /** Turn the sound off or on and remember it. */
  toggle() {
    if (localStorage.getItem(SILENT)) localStorage.removeItem(SILENT);
    else localStorage.setItem(SILENT, "1");
    this.onState(this.state);
    if (this.state === "on") this.play("in");
  }

  /** Let a verdict be heard and felt. */
  play(tone) {
    if (this.shakes && navigator.userActivation?.hasBeenActive !== false) navigator.vibrate(SHAKES[tone]);
    if (this.state !== "on") return;
    const now = this.#context.currentTime;
    for (const [frequency, start, length] of TUNES[tone]) {
      const voice = this.#context.createOscillator();
      const volume = this.#context.createGain();
      voice.type = tone === "refused" ? "square" : "sine";
      voice.frequency.value = frequency;
      volume.gain.setValueAtTime(0, now + start);
      volume.gain.linearRampToValueAtTime(tone === "refused" ? 0.25 : 0.5, now + start + 0.01);
      volume.gain.setTargetAtTime(0, now + start + length - 0.03, 0.015);
      voice.connect(volume).connect(this.#context.destination);
      voice.start(now + start);
      voice.stop(now + start + length + 0.1);
    }
  }

  #unlock() {
    if (!globalThis.AudioContext || this.#context?.state === "running") return;
    if (!this.#context) {
      this.#context = new AudioContext();
      this.#context.addEventListener("statechange", () => this.onState(this.state)); // a call may take it away again
    }
    this.#context.resume().then(() => this.onState(this.state));
  }
}
