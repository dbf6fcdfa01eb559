// Who of several tabs may do something: the browser's locks, which a killed tab lets go of by itself. Where there are
// none a lease in the store serves; what it cannot exclude, the service's ids make harmless.

const LEASE = 30_000; // ms after which a lease that nobody renewed is free
const locks = globalThis.navigator?.locks;
const owner = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Do something while holding a lock that other tabs can see. */
export async function holding(name, action) {
  return locks ? locks.request(name, action) : action();
}

/** Return the names beginning so that any tab holds. */
export async function held(prefix) {
  const known = locks ? (await locks.query()).held : [];
  return new Set(known.map(({ name }) => name).filter((name) => name.startsWith(prefix)));
}

/** Do something when no other tab does: `action(renew)`; nothing is done where another tab's lease runs. */
export async function alone(name, store, action) {
  if (locks) return locks.request(name, () => action(async () => true));
  const renew = () => store.lease(name, owner, LEASE);
  if (!(await renew())) return undefined;
  try {
    return await action(renew);
  } finally {
    await store.lease(name, owner, 0);
  }
}
