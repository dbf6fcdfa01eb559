// What this device cannot do, in words, where it matters: the door works without any of it.

const find = (id) => document.getElementById(id);

export class DeviceFacts {
  #can = {};

  constructor(words) {
    this.words = words;
  }

  /** Take facts by name ("sound", "vibration", "torch", "awake", "speech", "voice"): true, false, or null for unknown. */
  know(facts) {
    Object.assign(this.#can, facts);
    const missing = Object.entries(this.#can).filter(([, can]) => can === false);
    find("device-facts").replaceChildren(
      ...missing.map(([name]) => {
        const row = document.createElement("li");
        row.dataset.lacks = name;
        row.textContent = this.words[name];
        return row;
      }),
    );
    find("device-lacks").hidden = missing.length === 0;
  }
}
