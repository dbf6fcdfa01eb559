// Whether the service can be reached from the door, judged by what happens: no answer, a slow one, or a refusal to
// serve make it "offline"; one clean answer ends that.

export const PROMPT = 1_500; // ms; a slower answer is no clean one

export class Link {
  #watchers = [];
  /** null, or { reason, since }: "offline", "slow", "busy", "fault" or "unenrolled", since when (ms). */
  offline = null;

  constructor() {
    addEventListener("offline", () => this.failed("offline"));
    if (navigator.onLine === false) this.failed("offline");
  }

  /** Call back at every change. */
  watch(changed) {
    this.#watchers.push(changed);
  }

  /** The service answered after so many milliseconds; what anybody is told says nothing about the device itself. */
  answered(took, anybody = false) {
    if (took > PROMPT || (anybody && this.offline?.reason === "unenrolled")) return;
    if (this.offline) this.#set(null);
  }

  /** It did not, or not well enough. */
  failed(reason) {
    if (this.offline?.reason === reason) return;
    this.#set({ reason, since: this.offline?.since ?? Date.now() });
  }

  #set(offline) {
    this.offline = offline;
    for (const changed of this.#watchers) changed();
  }
}
