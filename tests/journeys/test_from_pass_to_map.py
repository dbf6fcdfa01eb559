"""The whole way: a pass is rendered, filmed, read at the door, counted, extracted, analysed, and seen on the map.

Nothing stands in for anything: the page makes the code, a real Chromium films it into the camera of another, the
real extract is analysed by the real command together with a population file in a carrier's layout.
"""

import io
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from entry_service.core.times import KST, day_start, kst_day
from entry_service.demo import city, population, population_files
from entry_service.usecases.hotspots.extract import write_extract
from tests.web.browser import chromium, desktop, phone, serving
from tests.web.camera import camera_arguments, film
from tests.web.sign_in import sign_in

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parents[2]
NAME, PHONE = "시험방문자", "010-0391-4826"
LIBRARY = "산본도서관"
SEED = 7
WALL = (58, 62, 66)


@pytest.fixture
def film_of_pass(clock, tmp_path):
    """Return a function that gets a pass on a phone and films its screen; it gives film and text of the code."""

    def make(origin: str) -> tuple[Path, str]:
        with chromium() as browser:
            page = phone(browser, origin)
            page.clock.install(time=clock())
            page.goto("/pass")
            page.get_by_label("위 내용을 확인했으며 동의합니다").check()
            page.locator("#name").fill(NAME)
            page.locator("#phone").fill(PHONE)
            page.get_by_role("button", name="출입증 받기").click()
            expect(page.locator("#pass-view")).to_be_visible()
            screen = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            assert page.complaints == []
        return film(tmp_path / "camera.mjpeg", [(nothing(), 10), (held_before_camera(screen), 60)])

    return make


def held_before_camera(screen: Image.Image) -> Image.Image:
    """Return what a camera sees of a phone's screen, a little tilted and not filling the picture."""
    frame = nothing()
    screen.thumbnail((900, 900))
    turned = screen.rotate(4, expand=True, fillcolor=WALL, resample=Image.Resampling.BICUBIC)
    frame.paste(turned, ((frame.width - turned.width) // 2, (frame.height - turned.height) // 2))
    return frame


def nothing() -> Image.Image:
    """Return a camera picture with nobody in it."""
    return Image.new("RGB", (1280, 960), WALL)


def test_from_a_pass_on_a_phone_to_the_officers_map(app, services, settings, clock, film_of_pass, tmp_path):
    with serving(app) as origin:
        camera = film_of_pass(origin)
        with chromium(*camera_arguments(camera)) as browser:
            scanned_at_the_door(browser, app, origin)
            counted_by_the_manager(browser, app, origin)
            case_from_a_place(browser, app, origin, clock)
            clock.passes(hours=2)
            analysed(services, settings, clock, tmp_path)
            seen_on_the_map(browser, app, origin)
    nothing_personal_left(settings)


def scanned_at_the_door(browser, app, origin: str) -> None:
    page = phone(browser, origin)
    sign_in(page, app, "staff")
    page.goto("/staff")
    page.get_by_role("button", name="이 기기 등록").click()
    expect(page.locator("#verdict")).to_have_attribute("data-tone", "in")
    expect(page.locator("#verdict [data-part=word]")).to_have_text("입장")
    expect(page.locator("#inside [data-part=occupancy]")).to_have_text("1")
    assert page.complaints == []
    page.context.close()


def counted_by_the_manager(browser, app, origin: str) -> None:
    page = desktop(browser, origin)
    sign_in(page, app, "manager")
    page.goto("/manager")
    occupancy = page.request.get("/api/v1/facilities/GP-001/occupancy").json()
    assert occupancy["occupancy"] == 1
    assert page.complaints == []
    page.context.close()


def case_from_a_place(browser, app, origin: str, clock) -> None:
    """The visitor turns out to be infected: an officer enters the place and the time told."""
    page = desktop(browser, origin)
    sign_in(page, app, "officer")
    page.goto("/officer/cases")
    now = clock().astimezone(KST)
    page.get_by_label("확진자 번호").fill("군포-시험-1")
    page.get_by_label("증상 발생일").fill(now.date().isoformat())
    page.get_by_label("시설 이름 또는 번호").first.fill(LIBRARY)
    page.get_by_label("들어온 때").first.fill(f"{now - timedelta(minutes=20):%Y-%m-%dT%H:%M}")
    page.get_by_label("나간 때").first.fill(f"{now:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="등록", exact=True).last.click()
    expect(page.get_by_text("지표 방문 1건을 등록했습니다")).to_be_visible()
    assert page.complaints == []
    page.context.close()


def analysed(services, settings, clock, tmp_path: Path) -> None:
    """Extract the day up to the last full hour and run the analytics as its own command."""
    now = clock()
    days = [kst_day(now)]
    made = city.make_city(SEED, 0.05)
    people = population.floating_population(made, days, SEED)
    files = population_files.write_population(tmp_path / "population", made.cells, days, people)
    population_files.write_units(tmp_path / "units.geojson", made.cells)
    extract = tmp_path / "extract"
    end = now.replace(minute=0, second=0, microsecond=0)
    write_extract(services, extract, as_of=now, start=day_start(days[0]), end=end)
    command = [sys.executable, "-m", "analytics", "hotspots", "--extract", extract, "--population", *files]
    out = settings.results_dir / "today"
    command += [
        "--units",
        tmp_path / "units.geojson",
        "--out",
        out,
        "--gi-replicates",
        "199",
        "--replicates",
        "199",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    units = json.loads((out / "hotspots.geojson").read_text(encoding="utf-8"))["features"]
    seen = [unit["properties"] for unit in units if unit["properties"]["observed"]]
    assert [(unit["observed"], unit["distinct_persons"]) for unit in seen] == [(1, 1)]
    assert {unit["status"] for unit in seen} == {"no data"}, "one entry is too thin a log to judge a place by"
    assert {unit["reason"] for unit in seen} == {"too_thin"}


def seen_on_the_map(browser, app, origin: str) -> None:
    page = desktop(browser, origin)
    sign_in(page, app, "officer")
    page.goto("/officer")
    page.wait_for_selector("body[data-ready=map]")
    page.locator(".unit-link").first.click()
    expect(page.locator("#unit-sentences")).to_contain_text("확진자 1명이 1번 방문했습니다")
    expect(page.locator("#unit-sentences")).to_contain_text("관측할 수 있는 사람이 너무 적은 구역입니다")
    expect(page.locator(".officer-head")).to_contain_text("핫스팟은 없습니다")
    assert page.complaints == []
    page.context.close()


def nothing_personal_left(settings) -> None:
    """Name and number are nowhere in the clear: not in a database, a key folder or a result."""
    kept = b"".join(path.read_bytes() for path in settings.var.rglob("*") if path.is_file())
    for secret in (NAME, PHONE, PHONE.replace("-", ""), "+8210" + PHONE[4:].replace("-", "")):
        assert secret.encode() not in kept
