// Reading the pass aloud, only when asked: who, how long, and the code that staff can type.

/** Wire the button; `sentences()` gives what to say now. Where the browser cannot speak, the button is not there. */
export function setUpSpeech(button, spoken, { sentences, words }) {
  const voice = globalThis.speechSynthesis;
  if (!voice || !globalThis.SpeechSynthesisUtterance) {
    button.hidden = true;
    spoken.textContent = words.no_speech;
    return { stop() {} };
  }
  button.addEventListener("click", () => {
    const text = sentences();
    spoken.textContent = text; // what is heard can be read as well
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.lang = document.documentElement.lang;
    utterance.rate = 0.9;
    utterance.addEventListener("error", ({ error }) => {
      if (error !== "interrupted" && error !== "canceled") spoken.textContent = `${words.speech_failed} ${text}`;
    });
    voice.cancel();
    voice.speak(utterance);
  });
  return {
    stop() {
      voice.cancel();
      spoken.textContent = "";
    },
  };
}
