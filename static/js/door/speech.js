// Says the verdict aloud in the visitor's language, for visitors who cannot see it; a switch that this device remembers.

const SPEAKS = "door-speaks";
const TAGS = { ko: "ko-KR", en: "en-US", zh: "zh-CN", vi: "vi-VN" };

export class Speech {
  /** `onState` is told "on", "off" or "none" (this browser cannot speak), and whether the language has a voice. */
  constructor(onState) {
    this.onState = onState;
    this.language = "ko";
    globalThis.speechSynthesis?.addEventListener?.("voiceschanged", () => this.#tell()); // voices come late
  }

  get state() {
    if (!globalThis.speechSynthesis || !globalThis.SpeechSynthesisUtterance) return "none";
    return localStorage.getItem(SPEAKS) ? "on" : "off";
  }

  /** Say whether the language has a voice of its own here; true as long as that is not known. */
  get hasVoice() {
    const voices = globalThis.speechSynthesis?.getVoices() ?? [];
    return voices.length === 0 || voices.some(({ lang }) => lang.toLowerCase().startsWith(this.language));
  }

  /** Turn speaking on or off and remember it. */
  toggle() {
    if (this.state === "on") {
      localStorage.removeItem(SPEAKS);
      speechSynthesis.cancel();
    } else localStorage.setItem(SPEAKS, "1");
    this.#tell();
  }

  /** Speak the language from now on. */
  speak(language) {
    this.language = language;
    this.#tell();
  }

  /** Say a few words; what was being said gives way. */
  say(text) {
    if (this.state !== "on" || !text) return;
    speechSynthesis.cancel();
    const said = new SpeechSynthesisUtterance(text);
    said.lang = TAGS[this.language];
    said.rate = 1.15;
    speechSynthesis.speak(said);
  }

  #tell() {
    this.onState(this.state, this.hasVoice);
  }
}
