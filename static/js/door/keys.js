// The verification keys of the door: kept fresh while the service answers, kept ones where it does not, and a judgement
// of a pass by them alone.

import { PassVerifier, Refusal } from "../common/verify-pass.js";

const AGAIN = 3_600_000; // ms after which the keys are asked for anew

export class Keys {
  #verifier = new PassVerifier();
  #at = 0;

  constructor(service) {
    this.service = service;
  }

  /** Begin with the keys this device kept, before the service is asked. */
  async begin() {
    const kept = await this.service.keptKeys();
    if (kept && !this.#verifier.ready) this.#verifier.setKeys(kept.keys);
  }

  /** Ask for the keys; throws Unanswered where there are none at all. */
  async load() {
    const { keys, kept } = await this.service.keys();
    this.#verifier.setKeys(keys);
    if (!kept) this.#at = Date.now();
  }

  /** Ask for them if they are old; throws Unanswered. */
  async refresh() {
    if (Date.now() - this.#at > AGAIN) await this.load();
  }

  /** Return { reading } of a pass that is good, { refusal } of one that is not, neither where only the service can say. */
  async judge(text, at) {
    if (!this.#verifier.ready) return {};
    try {
      return { reading: await this.#verifier.read(text, at) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return error.code === "pass_key_unknown" ? {} : { refusal: error.code };
    }
  }
}
