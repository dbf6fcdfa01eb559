"""What it costs to keep one scan on the device: sealing it, and writing it so that a power cut does not take it.

    .venv/bin/python benchmarks/door_store.py

Runs the door's own modules in Chromium, in a profile on this machine's disk, and prints milliseconds an item and
the cost of the seal beside an unsealed durable write. Prints figures, asserts nothing.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from entry_service import create_app
from entry_service.settings import Settings
from tests.web.browser import ARGUMENTS, chromium_path, serving

ITEMS = 400
MEASURE = """async (count) => {
  const { DoorStore } = await import("/static/js/door/store.js");
  const { newKey, seal } = await import("/static/js/door/seal.js");
  const text = "EPC1" + "X".repeat(149);
  const scanned_at = new Date().toISOString();
  const item = { scan_id: "x".repeat(36), text, direction: "auto", scanned_at, gate: "정문" };
  const each = async (work) => {
    const took = [];
    for (let n = 0; n < count; n++) {
      const from = performance.now();
      await work(n);
      took.push(performance.now() - from);
    }
    took.sort((one, other) => one - other);
    return [took[count >> 1], took[Math.floor(count * 0.95)]];
  };
  const key = await newKey();
  const store = new DoorStore();
  const record = (id) => ({ id, kind: "scan", at: 0, facility: "GP-001", clock: { offset: 0, jump: 0 }, item });
  await store.add(record("first"));
  const db = await new Promise((done) => {
    const opening = indexedDB.open("plain", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("items", { autoIncrement: true });
    opening.onsuccess = () => done(opening.result);
  });
  const write = (durability) => () => new Promise((done) => {
    const writing = db.transaction("items", "readwrite", { durability });
    writing.objectStore("items").add(item);
    writing.oncomplete = done;
  });
  const found = {
    "seal one item": await each((n) => seal(key, `id-${n}`, item)),
    "write it unsealed, not durable": await each(write("relaxed")),
    "write it unsealed, durable": await each(write("strict")),
    "keep it as the door does": await each((n) => store.add(record(`id-${n}`))),
  };
  const from = performance.now();
  let read = 0;
  for (const ids = []; read < count + 1; read += ids.splice(0).length) {
    for (const { id } of await store.oldest("GP-001", 200)) ids.push(id);
    await store.remove(ids);
  }
  const whole = performance.now() - from;
  return { found, batch: whole / read };
}"""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = create_app(Settings(var=Path(folder) / "var", demo=True, secure_cookies=False))
        with serving(app) as origin:
            browser = playwright.chromium.launch_persistent_context(
                Path(folder) / "profile", executable_path=chromium_path(), args=ARGUMENTS
            )
            page = browser.new_page()
            page.goto(f"{origin}/offline")
            measured = page.evaluate(MEASURE, ITEMS)
            browser.close()
    print(f"{'ms an item':36}{'p50':>8}{'p95':>8}")
    for name, (middle, high) in measured["found"].items():
        print(f"{name:36}{middle:8.2f}{high:8.2f}")
    print(f"{'read, unseal, remove, in batches':36}{measured['batch']:8.2f}")
    sealed, plain = (
        measured["found"][name][0] for name in ("keep it as the door does", "write it unsealed, durable")
    )
    print(f"kept as the door does ÷ unsealed durable write: {sealed / plain:.2f}")


if __name__ == "__main__":
    main()
