"""The browser deletes the database of the door while it is used, as it may when the disk runs short."""

from ..browser import desktop, serving

HAMMER = """async () => {
  const { DoorStore } = await import("/static/js/door/store.js");
  const store = new DoorStore();
  const pass = (ms) => new Promise((done) => setTimeout(done, ms));
  const record = (id) => ({ id, kind: "scan", at: 0, facility: "GP-001", clock: {}, item: { id } });
  window.told = { gone: 0, failed: [] };
  store.onGone = () => window.told.gone++;
  let on = true;
  const again = async (what) => {
    for (let n = 0; on; n++) {
      await what(n).catch((error) => window.told.failed.push(String(error)));
      await pass(Math.random() * 5);
    }
  };
  const read = () => store.oldest("GP-001", 200);
  const all = Promise.all([again(read), again(read), again(read), again((n) => store.add(record(`scan-${n}`)))]);
  window.end = () => ((on = false), all);
}"""


def test_nothing_hangs_or_fails_over_a_database_that_the_browser_deletes_meanwhile(app, browser):
    with serving(app) as origin:
        page = desktop(browser, origin)
        page.goto("/login")
        page.evaluate(HAMMER)
        cleaner = page.context.new_cdp_session(page)
        for _ in range(12):
            page.wait_for_timeout(100)
            cleaner.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "indexeddb"})
        page.evaluate("window.end()")  # comes back when nothing is under way any more
        told = page.evaluate("window.told")
        assert told["gone"] > 0
        assert told["failed"] == []
        page.context.close()
