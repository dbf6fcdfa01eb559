"""Photograph every page of a running demo in Korean, on a phone (390 px) and on a desk (1440 px), to look at them.

Signs in as each account of ``var/demo/sign-ins.json`` and follows the links of the pages, one page for each route
and account; before that a plan is asked for and sent out, so that the field has something to do. Writes a picture
a page and width, sheets of several pictures, and ``pages.md``: what was seen and what is wider than its window.
``python benchmarks/screens.py --origin http://127.0.0.1:8000 --var var --out /tmp/screens [--only officer]``
"""

import argparse
import json
import re
import sys
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PIL import Image
from playwright.sync_api import Error, Page
from werkzeug.routing import MapAdapter

from entry_service import clock, create_app
from entry_service.core.time_codes import code_of, read_secret, step_of
from entry_service.settings import Settings
from tests.web.browser import PATIENCE, chromium

WIDTHS = {390: 844, 1440: 900}
HOMES = {
    "visitor": ("/", "/pass", "/places", "/map", "/map/history", "/transparency", "/register", "/offline", "/my"),
    "officer": ("/officer", "/officer/cases", "/officer/plans", "/officer/reports", "/officer/report", "/drills"),
    "approver": ("/approver",),
    "auditor": ("/auditor",),
    "admin": ("/admin", "/admin/imports", "/admin/adoption", "/admin/poster-batches", "/usefulness"),
    "manager": ("/manager",),
    "field": ("/field",),
}
OWN = {
    "visitor": "/",
    "officer": "/(officer|guides|drills)",
    "admin": "/(admin|guides|usefulness)",
    "field": "/(field|login)",
}
"""Beginnings of the addresses that an account is followed to, unless they are those of its name."""
SKIPPED = re.compile(
    r"^/(api|static|vendor|simulator/sms/|E/)|\.(xlsx|csv|pdf|png|svg|json|jsonl|geojson|gpkg|zip)$"
)
CALM_MS = 1_200  # maps and lists that scripts fill
CUT = {390: 2_200, 1440: 1_500}
ACROSS = {390: (5, 0.75), 1440: (2, 0.55)}
"""Pictures in a row of a sheet, and their scale."""


@dataclass(frozen=True)
class Seen:
    """One page as one account saw it."""

    who: str
    route: str
    path: str
    title: str
    status: int
    too_wide: tuple[int, ...]


def main() -> None:
    """Photograph what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--origin", required=True)
    parser.add_argument("--var", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", choices=HOMES, action="append")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    accounts = {one["login"]: one for one in json.loads((asked.var / "demo" / "sign-ins.json").read_text("utf-8"))}
    routes = create_app(Settings(demo=True, sms="simulator")).url_map.bind("localhost")
    seen: list[Seen] = []
    with chromium() as browser:
        for who in asked.only or HOMES:
            context = browser.new_context(base_url=asked.origin, locale="ko-KR", timezone_id="Asia/Seoul")
            context.set_default_timeout(PATIENCE)
            page = context.new_page()
            if who in accounts:
                _sign_in(page, accounts[who])
            if who == "officer":
                _send_out_a_plan(page)
            seen += list(_walk(page, who, routes, asked.out))
            context.close()
    _list(asked.out, seen)
    for width in WIDTHS:
        _sheets(asked.out, width)


def _sign_in(page: Page, account: dict) -> None:
    page.goto("/login")
    page.get_by_label("아이디").fill(account["login"])
    page.get_by_label("비밀번호").fill(account["password"])
    page.get_by_role("button", name="로그인", exact=True).click()
    page.wait_for_load_state()
    if "/login/code" in page.url:
        secret = read_secret(account["factor_secret"])
        page.get_by_label("인증 코드").fill(code_of(secret, step_of(clock.now())))
        page.get_by_role("button", name="로그인", exact=True).click()
        page.wait_for_load_state()


def _send_out_a_plan(page: Page) -> None:
    """Ask for a plan unless there is one, give both accounts of the field a team, and send it out."""
    page.goto("/officer/plans")
    if not page.locator('main a[href*="/officer/plans/2"]').count():
        page.get_by_role("button", name="계획 만들기").click()
        page.wait_for_url(re.compile(r"/officer/plans/\d"), timeout=180_000)
    else:
        page.locator('main a[href*="/officer/plans/2"]').first.click()
    page.wait_for_load_state()
    for team in (1, 0):  # of the teams that have a choice, the last first
        give = page.locator("form:has(select[name=account_id])").nth(team)
        if give.count() and give.locator("option[value]").count():
            give.get_by_role("button").last.click()
            page.wait_for_load_state()
    send = page.get_by_role("button", name="조에 보내기")
    if send.count():
        send.first.click()
        page.wait_for_load_state()


def _walk(page: Page, who: str, routes: MapAdapter, out: Path):
    """Give each page that links lead to, the first of its route."""
    waiting, known = deque(HOMES[who]), set()
    while waiting:
        path = waiting.popleft()
        try:
            route = routes.match(urlsplit(path).path, method="GET", return_rule=True)[0].rule
        except Exception:  # an address of no page of ours
            continue
        own = re.match(OWN.get(who, f"/{who}"), path)
        if route in known or not own or SKIPPED.search(urlsplit(path).path):
            continue
        known.add(route)
        try:
            page.set_viewport_size({"width": 390, "height": WIDTHS[390]})
            answer = page.goto(path)
        except Error:  # a download
            continue
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        if "/login" in page.url and "/login" not in path:  # asks for somebody else
            continue
        name = f"{who}-{re.sub(r'[^a-z0-9]+', '-', route.lower()).strip('-') or 'start'}"
        wide = []
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(CALM_MS)
            page.screenshot(path=out / f"{name}-{width}.png", full_page=True)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append(width)
        yield Seen(who, route, path, page.title(), answer.status, tuple(wide))
        hrefs = page.eval_on_selector_all("a[href]:not([download])", "all => all.map(one => one.href)")
        here = urlsplit(page.url).netloc
        waiting.extend(
            f"{parts.path}?{parts.query}" if parts.query else parts.path
            for parts in (urlsplit(urljoin(page.url, href)) for href in hrefs)
            if parts.netloc == here
        )


def _list(out: Path, seen: list[Seen]) -> None:
    lines = ["| who | route | title | status | too wide |", "|---|---|---|---|---|"]
    lines += [f"| {one.who} | `{one.route}` | {one.title} | {one.status} | {one.too_wide or ''} |" for one in seen]
    (out / "pages.md").write_text("\n".join([*lines, ""]), encoding="utf-8")
    wrong = [one for one in seen if one.status >= 400 or one.too_wide]
    print(f"{len(seen)} pages of {len({one.who for one in seen})} accounts, {len(wrong)} failed or too wide")
    for one in wrong:
        print(f"  {one.who} {one.path}: {one.status} {one.too_wide or ''}")


def _sheets(out: Path, width: int) -> None:
    """Put the pictures of a width together, several on a sheet, cut at a height that can be looked at."""
    across, scale = ACROSS[width]
    files = sorted(path for path in out.glob(f"*-{width}.png") if not path.name.startswith("sheet"))
    for number, begin in enumerate(range(0, len(files), across * (1 if width == 390 else 2)), start=1):
        group = files[begin : begin + across * (1 if width == 390 else 2)]
        parts = [_small(path, width, scale) for path in group]
        tall = max(part.height for part in parts)
        rows = -(-len(parts) // across)
        sheet = Image.new("RGB", (across * int(width * scale + 12), rows * (tall + 12)), "#888888")
        for place, part in enumerate(parts):
            sheet.paste(part, (place % across * int(width * scale + 12), place // across * (tall + 12)))
        sheet.save(out / f"sheet-{width}-{number:02d}.png")
        print(f"sheet-{width}-{number:02d}: {', '.join(path.stem for path in group)}")


def _small(path: Path, width: int, scale: float) -> Image.Image:
    with Image.open(path) as picture:
        cut = picture.convert("RGB").crop((0, 0, width, min(picture.height, CUT[width])))
        return cut.resize((int(cut.width * scale), int(cut.height * scale)))


if __name__ == "__main__":
    begun = time.monotonic()
    main()
    print(f"{time.monotonic() - begun:.0f} s")
