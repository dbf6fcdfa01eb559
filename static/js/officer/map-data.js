// What the page fetches of one run. Addresses name the run's version, so that the browser asks for nothing twice a day;
// a day of a layer is one answer, and no step of the hour fetches anything.

const KEPT_DAYS = 12; // days of a layer held as numbers; at 14,560 cells 0.7 MB each

export class Gone extends Error {} // the run was replaced: the page takes the new one

async function answerOf(address, how = {}) {
  const answer = await fetch(address, { credentials: "same-origin", ...how });
  if (answer.status === 404) throw new Gone(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer;
}

export class RunData {
  constructor(version) {
    this.address = `/api/v1/results/${encodeURIComponent(version)}`;
    this.held = new Map(); // address → promise, oldest use first
  }

  #once(address, read) {
    const known = this.held.get(address);
    if (known) this.held.delete(address); // and put back as the newest
    const loading = known ?? answerOf(address).then(read);
    if (!known) loading.catch(() => this.held.delete(address));
    this.held.set(address, loading);
    const days = [...this.held.keys()].filter((one) => one.endsWith(".i16"));
    if (days.length > KEPT_DAYS * 2) this.held.delete(days[0]);
    return loading;
  }

  #json(path) {
    return this.#once(`${this.address}/${path}`, (answer) => answer.json());
  }

  units() {
    return this.#json("units.json");
  }

  facilities() {
    return this.#once(`${this.address}/facilities.json`, (answer) => this.#register(answer));
  }

  /** Ask for the facilities anew: what is noted and registered changes under a run. Null where it has not. */
  async changedFacilities() {
    const address = `${this.address}/facilities.json`;
    const answer = await answerOf(address, { cache: "no-cache", headers: { "X-Unattended": "1" } });
    return answer.headers.get("ETag") === this.told ? null : this.#register(answer);
  }

  #register(answer) {
    this.told = answer.headers.get("ETag");
    return answer.json();
  }

  table(name) {
    return this.#json(`tables/${name}.json`);
  }

  events(day) {
    return this.#json(`events/${day}.json`);
  }

  /** 24 rows of two-byte numbers, one a unit: the browsers we serve are little-endian, as the answer is. */
  layer(name, day) {
    return this.#once(`${this.address}/layers/${name}/${day}.i16`, async (answer) => new Int16Array(await answer.arrayBuffer()));
  }
}

/** What lies under the units, of no run. */
export const background = () => answerOf("/officer/background.geojson").then((answer) => answer.json());
