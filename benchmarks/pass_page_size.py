"""How many bytes a phone fetches before the pass page and the staff page can be used, fonts counted apart.

    .venv/bin/python benchmarks/pass_page_size.py

Opens both pages in Chromium with an empty cache and without service worker against a service of its own, until the
page can be used: the pass page shows its form, the staff page its camera's place. Adds up what was sent, as it was
sent; the reader of the camera, which the staff page's worker fetches while the page can be used already, is named
apart. The ratio is to the stylesheet and script of the public design system's bundle (with gzip), which a page of
this look would otherwise load. Prints figures, asserts nothing.
"""

import gzip
import sys
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Response

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from entry_service import create_app
from entry_service.core.model import Device, Facility
from entry_service.services import open_services, prepare
from entry_service.settings import Settings
from entry_service.store.sites import devices, facilities
from entry_service.web.frame.sessions import token_hash
from tests.web.browser import chromium, phone, serving

ROOT = Path(__file__).resolve().parent.parent
BUNDLE = ROOT / "static" / "node_modules" / "krds-uiux" / "resources" / "cdn"
KINDS = {"document": "html", "stylesheet": "css", "script": "js", "font": "fonts", "image": "images"}
TOKEN = "token-of-the-benchmark"
READER = "/vendor/zxing-wasm/zxing_reader.wasm"
PAGES = {"/pass": "#pass-new:not([hidden])", "/staff": "main h1, main video"}
PLACE = Facility(
    facility_id="GP-001",
    name="산본도서관",
    category="library",
    address="경기도 군포시 산본로 1",
    lon=126.935,
    lat=37.361,
    coord_quality="simulated",
)


def fetched(browser: Browser, origin: str, path: str) -> dict[str, list[tuple[int, int]]]:
    """Return (bytes as sent, bytes unpacked) of everything the page fetches, by kind, each address once."""
    page = phone(browser, origin)
    page.context.add_cookies([{"name": "device", "value": TOKEN, "url": origin}])
    seen: dict[str, Response] = {}
    page.on("response", lambda response: seen.setdefault(response.url, response))
    page.goto(path, wait_until="networkidle")
    page.wait_for_selector(PAGES[path], state="attached")
    found = defaultdict(list)
    for response in seen.values():
        sent = response.request.sizes()["responseBodySize"]
        found[_kind(response)].append((sent, len(response.body())))
    page.context.close()
    return found


def _kind(response: Response) -> str:
    if response.url.endswith(".wasm"):
        return "wasm"
    return KINDS.get(response.request.resource_type, "other")


def report(path: str, found: dict[str, list[tuple[int, int]]]) -> int:
    """Print one page, and return the bytes that were sent, without fonts."""
    print(f"\n{path}\n{'kind':8}{'files':>7}{'sent':>12}{'unpacked':>12}")
    for kind in sorted(found):
        sent, plain = (sum(sizes) for sizes in zip(*found[kind], strict=True))
        print(f"{kind:8}{len(found[kind]):7}{sent:12,}{plain:12,}")
    without = [sizes for kind, all_sizes in found.items() if kind != "fonts" for sizes in all_sizes]
    print(f"without fonts: {sum(sent for sent, _ in without):,} bytes sent in {len(without)} requests")
    return sum(sent for sent, _ in without)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(var=Path(folder), demo=True, secure_cookies=False, sms="simulator")
        prepare(settings)
        now = datetime.now(UTC)
        services = open_services(settings, now)
        services.store.write(lambda db: facilities.add(db, PLACE))
        device = Device(device_id="D-1", facility_id=PLACE.facility_id, name="정문")
        services.store.write(lambda db: devices.add(db, device, token_hash(TOKEN), now))
        app = create_app(settings, services)
        reader = len(app.test_client().get(READER, headers={"Accept-Encoding": "gzip"}, buffered=True).data)
        with serving(app) as origin, chromium() as browser:
            totals = {path: report(path, fetched(browser, origin, path)) for path in PAGES}
        services.close()
    bundle = sum(len(gzip.compress((BUNDLE / name).read_bytes(), 6)) for name in ("krds.min.css", "krds.min.js"))
    print(f"\nreader of the camera, fetched once by its worker: {reader:,} bytes")
    print(f"bundle of the design system, gzip: {bundle:,} bytes")
    for path, total in totals.items():
        print(f"{path} ÷ bundle: {total / bundle:.2f}")


if __name__ == "__main__":
    main()
