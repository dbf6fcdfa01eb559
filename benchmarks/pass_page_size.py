"""How many bytes a phone fetches before it can show a pass, fonts counted apart, and how that compares.

    .venv/bin/python benchmarks/pass_page_size.py

Opens the pass page in Chromium with an empty cache against a service of its own, and adds up what was fetched: as
it is sent, and as a reverse proxy with gzip would send it. The ratio is to the stylesheet and script of the public
design system's bundle, which a page of this look would otherwise load. Prints figures, asserts nothing.
"""

import gzip
import sys
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Response

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from entry_service import create_app
from entry_service.services import open_services, prepare
from entry_service.settings import Settings
from tests.web.browser import chromium, phone, serving

ROOT = Path(__file__).resolve().parent.parent
BUNDLE = ROOT / "static" / "node_modules" / "krds-uiux" / "resources" / "cdn"
KINDS = {"document": "html", "stylesheet": "css", "script": "js", "font": "fonts", "image": "images"}


def fetched(origin: str) -> dict[str, list[bytes]]:
    """Return the bodies of everything the page fetches, by kind, each address once."""
    seen: dict[str, Response] = {}
    with chromium() as browser:
        page = phone(browser, origin)
        page.on("response", lambda response: seen.setdefault(response.url, response))
        page.goto("/pass", wait_until="networkidle")
        bodies = defaultdict(list)
        for response in seen.values():
            bodies[KINDS.get(response.request.resource_type, "other")].append(response.body())
    return bodies


def sizes(bodies: list[bytes]) -> tuple[int, int]:
    """Return bytes as they are, and after gzip at its usual level."""
    return sum(map(len, bodies)), sum(len(gzip.compress(body, 6)) for body in bodies)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(var=Path(folder), demo=True, secure_cookies=False, sms="simulator")
        prepare(settings)
        services = open_services(settings, datetime.now(UTC))
        with serving(create_app(settings, services)) as origin:
            bodies = fetched(origin)
        services.close()
    print(f"{'kind':8}{'files':>7}{'bytes':>12}{'gzip':>12}")
    for kind in sorted(bodies):
        plain, small = sizes(bodies[kind])
        print(f"{kind:8}{len(bodies[kind]):7}{plain:12,}{small:12,}")
    page = [body for kind in ("html", "css", "js") for body in bodies[kind]]
    bundle = [(BUNDLE / name).read_bytes() for name in ("krds.min.css", "krds.min.js")]
    (plain, small), (other, other_small) = sizes(page), sizes(bundle)
    print(f"page without fonts: {plain:,} bytes, {small:,} with gzip")
    print(f"bundle of the design system: {other:,} bytes, {other_small:,} with gzip")
    print(f"page ÷ bundle: {plain / other:.2f}, {small / other_small:.2f} with gzip")


if __name__ == "__main__":
    main()
