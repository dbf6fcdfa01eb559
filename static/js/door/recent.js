// Remembers what the camera saw a moment ago, so that one phone held before it is one scan: also when its code turns
// over meanwhile, which without this would read as "in" and then "out".

const GAP = 5_000; // ms out of sight after which the same code counts anew
const JUST_NOW = 30_000; // ms in which a pass that was recorded is not turned into its opposite by itself
const MOST = 2_000;

export class Recent {
  #seen = new Map(); // text or pid → when it was last in sight
  #pids = new Map(); // text → pid
  #recorded = new Map(); // pid → { at, scanId }

  /** Say whether the text, or the pass it is known to be of, was in sight just now, and remember that it is. */
  seen(text, now) {
    const pid = this.#pids.get(text);
    const before = Math.max(this.#seen.get(text) ?? -Infinity, this.#seen.get(pid) ?? -Infinity);
    const inSight = now - before < GAP;
    this.#touch(text, now);
    if (inSight && pid !== undefined) this.#touch(pid, now);
    return inSight;
  }

  /** Say the same of the pass whose code the text is. */
  seenPass(text, pid, now) {
    const before = this.#seen.get(pid) ?? -Infinity;
    this.#pids.set(text, pid);
    trim(this.#pids);
    this.#touch(pid, now);
    return now - before < GAP;
  }

  /** Keep which scan a pass was last sent with. */
  sent(pid, scanId, now) {
    this.#recorded.delete(pid);
    this.#recorded.set(pid, { at: now, scanId });
    trim(this.#recorded);
  }

  /** Return the scan_id under which this pass was sent a moment ago, else undefined. */
  sentJustNow(pid, now) {
    const known = this.#recorded.get(pid);
    return known && now - known.at < JUST_NOW ? known.scanId : undefined;
  }

  /** Forget that a scan was made: it was undone, and the pass may be read again at once. */
  undone(scanId) {
    for (const [pid, known] of this.#recorded) if (known.scanId === scanId) this.#recorded.delete(pid);
    this.lookAgain();
  }

  /** Forget what is in sight, not what was recorded. */
  lookAgain() {
    this.#seen.clear();
  }

  /** Forget all: the direction was changed, whoever stands there is meant anew. */
  clear() {
    for (const known of [this.#seen, this.#pids, this.#recorded]) known.clear();
  }

  #touch(key, now) {
    this.#seen.delete(key);
    this.#seen.set(key, now);
    trim(this.#seen);
  }
}

function trim(known) {
  while (known.size > MOST) known.delete(known.keys().next().value);
}
