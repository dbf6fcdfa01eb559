"""The posters of many sites at once: dot for dot those printed alone, in the background, sensitive ones apart."""

import fcntl
import json
import re
import sys
import time
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import ImageChops
from playwright.sync_api import expect

from entry_service.clock import reading
from entry_service.core.posters import poster_id, poster_url
from entry_service.posters import batch
from entry_service.posters.batch import ARCHIVE, BOOK, Job, print_batch, read_job, write_job
from entry_service.posters.files import PRINT
from entry_service.posters.sheet import draw_sheet
from entry_service.store.sites import facilities, posters
from entry_service.usecases.retention.purge import purge
from entry_service.usecases.sites import batch_posters

from .browser import axe_violations, desktop, phone, serving, too_wide
from .conftest import ROLES, facility
from .forms import text
from .pdf_reader import objects_of, pages_of, paper_of, rasterised
from .sign_in import sign_in
from .test_posters import FACTS, HOST_OF_25

PAGE = "/admin/poster-batches"
PATIENCE = 120  # seconds that a process of its own may take on a busy machine


def many(count: int):
    return tuple(
        (
            f"PV-{n:03}",
            replace(
                FACTS,
                facility_name=f"모의 식당 {n}호" * (1 + n),
                address=f"경기도 군포시 산본로 {n}",
                url=poster_url(HOST_OF_25, poster_id(bytes([n] * 10), n)),
                epoch=n,
                call_number="080-000-0000" if n == 2 else "",
            ),
        )
        for n in range(count)
    )


@pytest.fixture
def city(services, clock):
    """Give three sites of wave 2 and a sensitive one a poster; one site of wave 3 has none."""

    def furnish(db):
        sites = [facility(f"PV-{n:03}", f"모의 식당 {n}호", category="restaurant", stage=2) for n in range(3)]
        sites.append(facility("PV-900", "모의 상담소", category="welfare", stage=2, sensitive=True))
        facilities.add_many(db, [*sites, facility("PV-901", "모의 책방", category="store", stage=3)])
        for number, site in enumerate(sites):
            name = poster_id(bytes([number] * 10), 1)
            posters.add(
                db, posters.Poster(poster_id=name, facility_id=site.facility_id, epoch=1, valid_from=clock())
            )

    services.store.write(furnish)


def finished(services) -> batch_posters.Batch:
    until = time.monotonic() + PATIENCE
    while (batch := batch_posters.batches(services)[0]).state == "running":
        assert time.monotonic() < until
        time.sleep(0.2)
    return batch


def test_every_page_is_dot_for_dot_the_poster_printed_alone(tmp_path):
    job = Job(language="ko", title="포스터", posters=many(3))
    heard = []
    assert print_batch(tmp_path, job, heard.append) == ()
    assert heard == [1, 2, 3]
    book = (tmp_path / BOOK).read_bytes()
    with zipfile.ZipFile(tmp_path / ARCHIVE) as archive:
        singles = {name: archive.read(name) for name in archive.namelist()}
    assert list(singles) == ["PV-000.pdf", "PV-001.pdf", "PV-002.pdf"]
    for page, (name, facts) in enumerate(job.posters):
        alone = draw_sheet(facts, "ko", PRINT).picture
        assert ImageChops.difference(paper_of(book, page), alone).getbbox() is None
        assert ImageChops.difference(paper_of(singles[f"{name}.pdf"], 0), alone).getbbox() is None
        assert [found.text for found in zxingcpp.read_barcodes(rasterised(book, page))] == [facts.url]
    assert len(book) < 2 * len(singles["PV-000.pdf"])


def test_a_site_whose_name_cannot_be_printed_is_skipped_and_named(tmp_path):
    first, second = many(2)
    broken = (first[0], replace(first[1], facility_name="모의 식당 𓀀"))
    assert print_batch(tmp_path, Job(language="en", title="posters", posters=(broken, second)), int) == (
        ("PV-000", "𓀀"),
    )
    assert len(pages_of(objects_of((tmp_path / BOOK).read_bytes()))) == 1


def test_a_job_is_read_as_it_was_written(tmp_path):
    job = Job(language="en", title="포스터", posters=many(2))
    write_job(tmp_path, job)
    assert read_job(tmp_path) == job


@pytest.mark.real
def test_a_batch_is_made_in_the_background_and_names_no_sensitive_site(person, services, clock, city):
    admin = person("admin")
    assert admin.post(PAGE, {"language": "ko", "stage": "2"}).status_code == 303
    batch = finished(services)
    assert (batch.state, batch.progress.done, batch.progress.total) == ("done", 3, 3)
    page = text(admin.get(PAGE))
    links = re.findall(rf'href="({PAGE}/[^"]+)"', page)
    assert [link.rsplit(".")[-1] for link in links] == ["pdf", "zip"]
    with zipfile.ZipFile(BytesIO(admin.get(links[1], buffered=True).data)) as archive:
        assert archive.namelist() == ["PV-000.pdf", "PV-001.pdf", "PV-002.pdf"]
    folder = services.settings.var / "posters" / batch.batch_id
    assert folder.stat().st_mode & 0o777 == 0o700
    assert "PV-900" not in (folder / "job.json").read_text(encoding="utf-8")
    clock.passes(seconds=1)
    admin.post(PAGE, {"language": "ko", "sites": "sensitive"})
    finished(services)
    newest = batch_posters.batches(services)[0].batch_id
    told = json.loads((services.settings.var / "posters" / newest / "job.json").read_text(encoding="utf-8"))
    assert [name for name, _facts in told["posters"]] == ["PV-900"]


def test_a_wish_that_nothing_answers_is_refused(person, city):
    admin = person("admin")
    assert admin.post(PAGE, {"stage": "3"}).status_code == 422
    answer = admin.post(PAGE, {"category": "library"})
    assert answer.status_code == 422
    assert "포스터가 있는 곳이 없습니다." in text(answer)


def test_while_one_is_made_no_other_begins_and_one_whose_process_is_gone_is_broken_off(person, services, city):
    admin = person("admin")
    own = services.settings.var / "posters" / "20200825T090000-0123abcd"
    own.mkdir(parents=True)
    write_job(own, Job(language="ko", title="포스터", posters=many(1)))
    with (own / "alive").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert admin.post(PAGE, {}).status_code == 409
        assert "만드는 중" in text(admin.get(PAGE))
    assert batch_posters.batches(services)[0].state == "broken"
    assert "만들다 멈췄습니다." in text(admin.get(PAGE))


@pytest.mark.parametrize("left", ["nothing", "{", '{"state": "done", "done": 1, "total": 1, "skipped": []}'])
def test_a_folder_that_was_cut_off_is_shown_as_broken_and_blocks_nothing(person, services, city, left):
    admin = person("admin")
    folder = services.settings.var / "posters"
    own, draft = folder / "20200825T090000-0123abcd", folder / ".20200825T080000-0123abcd"
    for made in (own, draft):
        made.mkdir(parents=True)
    if left != "nothing":
        (own / "progress.json").write_text(left)
    assert "만들다 멈췄습니다." in text(admin.get(PAGE))
    assert admin.get(f"{PAGE}/{own.name}/posters.pdf").status_code == 404
    assert admin.post(PAGE, {"stage": "2"}).status_code == 303
    finished(services)
    assert not draft.exists()


def test_a_process_that_is_killed_lets_the_next_batch_begin(person, services, clock, city):
    admin = person("admin")
    assert admin.post(PAGE, {"stage": "2"}).status_code == 303
    first = batch_posters._begun[-1]
    assert batch_posters.batches(services)[0].state == "running"
    first.kill()
    first.wait()
    assert batch_posters.batches(services)[0].state == "broken"
    clock.passes(seconds=1)
    assert admin.post(PAGE, {"stage": "2"}).status_code == 303
    assert batch_posters._begun[-1] is not first
    finished(services)


def test_a_batch_ends_with_its_week_whatever_comes_after(services, clock):
    own = services.settings.var / "posters" / "20200825T090000-0123abcd"
    own.mkdir(parents=True)
    batch.write_progress(own, batch.Progress(state="done", done=1, total=1))
    clock.passes(days=6)
    batch_posters.forget_batches(services, clock())
    assert own.is_dir()
    clock.passes(days=2)
    purge(services, reading(clock()))
    assert not own.exists()


def test_where_the_process_cannot_begin_nothing_is_left_and_while_another_begins_it_is_refused(
    person, services, city, monkeypatch
):
    admin, folder = person("admin"), services.settings.var / "posters"
    with monkeypatch.context() as without:
        without.setattr(sys, "executable", "/nowhere/python")
        assert admin.post(PAGE, {"stage": "2"}).status_code == 500
    assert batch_posters.batches(services) == []
    with (folder / ".lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert admin.post(PAGE, {"stage": "2"}).status_code == 409


def test_files_that_are_not_there_and_people_who_may_not(person, services):
    admin = person("admin")
    for name in ("20200825T090000-00000000", "..", "x"):
        assert admin.get(f"{PAGE}/{name}/posters.pdf").status_code == 404
    for role in set(ROLES) - {"admin"}:
        assert person(role).get(PAGE).status_code == 403
        assert person(role).post(PAGE, {}).status_code == 403


@pytest.mark.parametrize("opened", [phone, desktop])
def test_in_a_browser_the_page_follows_a_batch_to_its_files(app, browser, tmp_path, opened, city):
    with serving(app) as origin:
        page = opened(browser, origin)
        sign_in(page, app, "admin", path=PAGE)
        assert axe_violations(page) == []
        page.get_by_label("분류").select_option("restaurant")
        page.get_by_role("button", name="만들기").click()
        link = page.get_by_role("link", name=re.compile("^PDF"))
        expect(link).to_be_visible(timeout=1_000 * PATIENCE)
        assert axe_violations(page) == []
        assert not too_wide(page)
        with page.expect_download() as waiting:
            link.click()
        assert len(pages_of(objects_of(Path(waiting.value.path()).read_bytes()))) == 3
        assert page.complaints == []
