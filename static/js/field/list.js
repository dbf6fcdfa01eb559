// The list of a team as this phone keeps it: sealed, no longer than a sign-in lasts, and told apart from the list that
// the team has seen, so that a changed plan is noticed.

const PLAN = "plan"; // under this name in the store
const CHANNEL = "entry-field";
const HOUR = 3_600_000;

/** Return the name under which something of an account is kept. */
export const nameOf = (what, accountId) => `${what} ${accountId}`;

/** Forget the list on this phone, in every tab; forms and notes that are not sent stay, sealed. */
export async function forgetList(store) {
  globalThis.BroadcastChannel && new BroadcastChannel(CHANNEL).postMessage(PLAN);
  await store.forget(PLAN);
}

export class FieldList {
  /** The service's plan, with `before` (earlier plans of the day), `gone` (stops taken away) and `seen` (stops as read); or null. */
  plan = null;

  /** `onGone()` is told when the list was forgotten in another tab. */
  constructor({ store, hours, now, onGone }) {
    Object.assign(this, { store, hours, now });
    if (!globalThis.BroadcastChannel) return;
    this.channel = new BroadcastChannel(CHANNEL);
    this.channel.onmessage = () => {
      this.plan = null;
      onGone();
    };
  }

  /** Read what this phone keeps. */
  async recall() {
    this.plan = await this.store.keptSealed(PLAN).catch(() => null);
    await this.expire();
  }

  /** Forget the list once it is older than a sign-in lasts; say whether it was. */
  async expire() {
    if (!this.plan || this.now() - Date.parse(this.plan.now) < this.hours * HOUR) return false;
    this.plan = null;
    await this.store.forget(PLAN).catch(() => {}); // where nothing can be kept there is nothing to forget
    return true;
  }

  /** Take the service's plan; `unfinished(stop)` says whether something of a stop is still on this phone. */
  async take(fresh, unfinished) {
    const old = this.plan;
    const mine = old !== null && old.account_id === fresh.account_id && old.day !== null;
    const goesOn = mine && (fresh.day === old.day || fresh.day === null); // null: taken off the plan
    this.plan = { ...fresh, before: [], gone: [], seen: seenIn(fresh) };
    if (goesOn) {
      const { plan_id: planId, team, day } = old;
      const here = new Set(fresh.stops.map((stop) => stop.stop_id));
      const left = [...old.gone, ...old.stops.map((stop) => ({ ...stop, gone: { plan_id: planId, team } }))];
      this.plan.before = [...new Set([...old.before, planId])].filter((name) => name !== fresh.plan_id);
      this.plan.gone = left.filter((stop) => !here.has(stop.stop_id) && unfinished(stop));
      Object.assign(this.plan, { day, seen: old.seen });
    }
    await this.keep();
  }

  /** Return the stops with what the service says of one of them. */
  async note(stopId, noted) {
    const stops = this.plan.stops.map((stop) => (stop.stop_id === stopId ? { ...stop, noted } : stop));
    const gone = this.plan.gone.filter((stop) => stop.stop_id !== stopId);
    this.plan = { ...this.plan, stops, gone };
    await this.keep();
  }

  /** The team has read what changed. */
  async read() {
    this.plan = { ...this.plan, seen: seenIn(this.plan) };
    await this.keep();
  }

  /** Return what differs from what the team has read: { team, added, gone, moved } with names, or null. */
  change() {
    const { seen, stops, team } = this.plan ?? {};
    if (!seen) return null;
    const before = new Map(seen.stops.map((stop) => [stop.stop_id, stop]));
    const here = new Set(stops.map((stop) => stop.stop_id));
    const found = {
      team: team === seen.team ? null : team,
      added: stops.filter(({ stop_id: name }) => !before.has(name)),
      gone: seen.stops.filter(({ stop_id: name }) => !here.has(name)),
      moved: stops.filter((stop) => !stop.noted && before.has(stop.stop_id) && stop.arrive !== before.get(stop.stop_id).arrive),
    };
    return found.team || found.added.length || found.gone.length || found.moved.length ? found : null;
  }

  keep() {
    return this.store.keepSealed(PLAN, this.plan);
  }
}

function seenIn({ team, stops }) {
  return { team, stops: stops.map(({ stop_id, name, unit_code, arrive }) => ({ stop_id, name, unit_code, arrive })) };
}
