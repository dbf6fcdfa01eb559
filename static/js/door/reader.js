// Takes pictures of a video one after the other and says which QR codes are in them: one picture at a time is under
// way, so that a slow phone reads fewer pictures instead of late ones.

const LONGEST_SIDE = 1280; // pixels; more costs time and reads no more
const PAUSE = 30; // ms between pictures, so that the page and the battery can breathe
const PATIENCE = 5_000; // ms for one picture; then the worker is taken for dead

export class Reader {
  #canvas = document.createElement("canvas");
  #context = this.#canvas.getContext("2d", { willReadFrequently: true });
  #number = 0;
  #running = false;
  #ready = false; // the worker has loaded its WebAssembly, which a slow network may take long for
  #worker = null;
  #watch = 0;

  /** Read from the video: `onTexts` gets the texts of each picture that has codes; `onFailure` and `onReady` are told. */
  constructor(video, { onTexts, onFailure, onReady }) {
    Object.assign(this, { video, onTexts, onFailure, onReady });
    this.#start();
  }

  /** Begin or go on reading. */
  run() {
    if (this.#running) return;
    this.#running = true;
    if (this.#ready) this.#next();
  }

  /** Stop after the picture under way. */
  pause() {
    this.#running = false;
    this.#number += 1; // an answer that is still to come is of no interest
    clearTimeout(this.#watch);
  }

  #start() {
    this.#worker = new Worker("/static/js/door/reader-worker.js", { type: "module" });
    this.#worker.addEventListener("error", () => this.#fail());
    this.#worker.addEventListener("message", ({ data }) => {
      if (data.failed) this.#fail();
      if (data.ready) {
        this.#ready = true;
        this.onReady();
        this.#next();
      }
      if (!this.#running || data.number !== this.#number) return;
      clearTimeout(this.#watch);
      if (data.texts.length) this.onTexts(data.texts);
      setTimeout(() => this.#next(), PAUSE);
    });
  }

  #next() {
    if (!this.#running) return;
    const { videoWidth, videoHeight, readyState } = this.video;
    if (!videoWidth || readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
      setTimeout(() => this.#next(), 100);
      return;
    }
    const scale = Math.min(1, LONGEST_SIDE / Math.max(videoWidth, videoHeight));
    const width = Math.round(videoWidth * scale);
    const height = Math.round(videoHeight * scale);
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      Object.assign(this.#canvas, { width, height });
    }
    this.#context.drawImage(this.video, 0, 0, width, height);
    const pixels = this.#context.getImageData(0, 0, width, height).data.buffer;
    this.#number += 1;
    this.#worker.postMessage({ number: this.#number, width, height, pixels }, [pixels]);
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#fail(), PATIENCE);
  }

  /** Say that reading broke down and begin anew with a fresh worker. */
  #fail() {
    const wasRunning = this.#running;
    this.pause();
    this.#ready = false;
    this.#worker.terminate();
    this.onFailure();
    setTimeout(() => {
      this.#start();
      if (wasRunning) this.run();
    }, 2_000);
  }
}
