// Sends scans in the order they were read, each until the service answers: the same scan_id every time, so that an
// answer lost on the way makes no second row. They live in this page's memory; closing it asks first.

const FIRST_PAUSE = 1_000; // ms after a failure; doubled up to the longest
const LONGEST_PAUSE = 15_000;
const SLOW = 1_000; // ms after which an unanswered scan is worth telling about
export const MOST = 500; // scans kept; beyond that reading more would only pretend

export class ScanQueue {
  #waiting = [];
  #running = false;
  #trouble = null; // why the last try failed
  #slow = false;
  #wake = () => {};

  /** `post(scan)` sends one; `onAnswer(scan, result)` gets what came; `onChange({ count, trouble })` is told of waits. */
  constructor({ post, onAnswer, onChange }) {
    Object.assign(this, { post, onAnswer, onChange });
    addEventListener("online", () => this.hurry());
    addEventListener("beforeunload", (event) => {
      if (this.#waiting.length) event.preventDefault(); // "leave the page?"
    });
  }

  get full() {
    return this.#waiting.length >= MOST;
  }

  /** Send a scan as soon as those before it are answered. */
  add(scan) {
    this.#waiting.push(scan);
    this.hurry();
    this.#run();
  }

  /** Try at once instead of waiting. */
  hurry() {
    this.#wake();
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    let pause = FIRST_PAUSE;
    while (this.#waiting.length) {
      const scan = this.#waiting[0];
      const slow = setTimeout(() => this.#tell({ slow: true }), SLOW);
      let result = null;
      try {
        result = await this.post(scan);
      } catch (error) {
        if (!error.why) reportError(error); // our own mistake: seen in the console, and the scan is kept
        this.#tell({ trouble: error.why ?? "fault" });
      }
      clearTimeout(slow);
      if (result) {
        this.#waiting.shift();
        pause = FIRST_PAUSE;
        this.#tell({ trouble: null, slow: this.#waiting.length > 0 && this.#slow });
        this.onAnswer(scan, result);
      } else {
        if (this.#trouble === "fault") this.#waiting.push(this.#waiting.shift()); // one bad scan must not hold up all
        await this.#sleep(pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
    }
    this.#running = false;
    this.#tell({ trouble: null, slow: false });
  }

  #sleep(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #tell({ trouble = this.#trouble, slow = this.#slow }) {
    this.#trouble = trouble;
    this.#slow = slow;
    this.onChange(this.state);
  }

  /** What is worth telling: how many scans wait longer than usual, and why. */
  get state() {
    return { count: this.#trouble || this.#slow ? this.#waiting.length : 0, trouble: this.#trouble };
  }
}
