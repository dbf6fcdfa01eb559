"""The manager's pages: whose facility is shown, what is counted, posters that rotate, devices that end."""

import re
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from entry_service.core.model import Scan
from entry_service.store.log import scans
from entry_service.store.log.scans import FULL
from entry_service.store.sites import devices, posters
from entry_service.usecases.doors.call_in import CallerUnknown
from entry_service.usecases.doors.issue_pass import DailyCapReached
from entry_service.usecases.doors.poster_entry import GRACE, FacilityClosed, PosterRetired, open_poster
from entry_service.usecases.doors.queued import codes
from entry_service.web.manager.day_chart import draw_chart, nice_top

from .conftest import facility

PAGES = ["", "/poster", "/devices", "/poster/ko.pdf", "/poster/en.png", "/poster/ko-preview.png"]
POSTS = ["/poster", "/devices/D-GP-001/revoke"]
PID = bytes(range(8))


def log(services, clock, *rows):
    """Log scans of GP-001 as (minutes ago, facts)."""
    from datetime import timedelta

    many = []
    for number, (minutes, facts) in enumerate(rows):
        at = clock() - timedelta(minutes=minutes)
        usual = {
            "facility_id": "GP-001",
            "pid": number.to_bytes(8, "big"),
            "direction": "in",
            "source": "staff_scan",
            "confidence": "high",
        }
        many.append(
            Scan(**{**usual, "scan_id": f"scan-{number:05}", "scanned_at": at, "received_at": at, **facts})
        )
    services.store.write(lambda db: scans.append_many(db, many))
    for scan in many:
        services.occupancy.apply(scan)


def issue(someone, facility_id="GP-001", epoch=""):
    return someone.post(f"/manager/{facility_id}/poster", {"epoch": str(epoch)})


def current(services, facility_id="GP-001"):
    with services.store.read() as db:
        return posters.current(db, facility_id)


@pytest.mark.parametrize("path", PAGES)
def test_only_managers_and_administrators_see_a_facility(person, services, path):
    issue(person("manager"))
    address = f"/manager/GP-001{path}"
    assert person().get(address).status_code == 303
    for role in ("staff", "officer"):
        assert person(role).get(address).status_code == 403
    for role in ("manager", "admin"):
        assert person(role).get(address).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_another_facility_is_not_found_by_a_manager(person, path):
    issue(person("admin"), "GP-002")
    assert person("manager").get(f"/manager/GP-002{path}").status_code == 404
    assert person("admin").get(f"/manager/GP-002{path}").status_code == 200
    assert person("admin").get(f"/manager/GP-404{path}").status_code == 404


@pytest.mark.parametrize("path", POSTS)
def test_nobody_else_changes_a_facility(person, services, path):
    address = f"/manager/GP-001{path}"
    assert person().post(address).status_code == 401
    for role in ("staff", "officer"):
        assert person(role).post(address).status_code == 403
    manager = person("manager")
    assert manager.post(f"/manager/GP-002{path}").status_code == 404
    assert manager.client.post(address).status_code == 400  # without the token of the form
    assert current(services) is None
    with services.store.read() as db:
        assert [record.device.revoked_at for record in devices.all(db, "GP-001")] == [None]


def test_the_home_of_a_manager_is_the_own_facility_and_of_an_administrator_the_list(person):
    assert "산본도서관" in person("manager").get("/manager").get_data(as_text=True)
    answer = person("admin").get("/manager")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin")


def test_the_page_counts_people_by_door_and_refusals_by_reason(person, services, clock):
    log(
        services,
        clock,
        (30, {}),
        (29, {"party_size": 3, "source": "poster"}),
        (28, {"direction": "out", "pid": (0).to_bytes(8, "big")}),
        (27, {"outcome": "pass_expired"}),
        (26, {"outcome": "pass_forged", "pid": None}),
        (25, {"flags": ("duplicate",), "pid": (1).to_bytes(8, "big"), "party_size": 3}),
        (60 * 24, {}),
        (20, {"facility_id": "GP-002"}),
    )
    page = person("manager").get("/manager").get_data(as_text=True)
    counts = re.findall(r"<dt>(입장|퇴장|거절)</dt><dd>(\d+)<small>", page)
    assert counts == [("입장", "4"), ("퇴장", "1"), ("거절", "2")]
    assert re.search(r"포스터</dt><dd>3명", page)
    assert re.search(r"유효시간이 지난 출입증</dt><dd>1건", page)
    assert re.search(r'id="now-value">3<', page)
    assert re.search(r'<meter[^>]*max="60" value="3"', page)
    assert 'data-crowding="relaxed"' in page


def test_the_page_names_nobody(person, services, clock):
    log(services, clock, (5, {"pid": PID}))
    for path in ("/manager", "/manager/GP-001/devices"):
        page = person("manager").get(path).get_data(as_text=True)
        assert PID.hex() not in page
        assert "scan-0" not in page
        assert "token" not in page.replace("csrf-token", "").replace("csrf_token", "")


def test_another_day_is_shown_and_a_day_without_entries_leads_to_the_last_one(person, services, clock):
    log(services, clock, (60 * 24 * 3, {}))
    manager = person("manager")
    today = manager.get("/manager").get_data(as_text=True)
    assert "이 날은 입장 기록이 없습니다." in today
    assert 'href="?day=2020-08-22"' in today
    that_day = manager.get("/manager?day=2020-08-22").get_data(as_text=True)
    assert "2020. 8. 22.(토)" in that_day
    assert re.search(r"<dt>입장</dt><dd>1<", that_day)
    for unreadable in ("2020-13-01", "yesterday", "2999-01-01", "0001-01-01"):
        assert "2020. 8. 25.(화)" in manager.get(f"/manager?day={unreadable}").get_data(as_text=True)


def test_a_poster_is_issued_downloaded_and_read_back(person, services, settings):
    manager = person("manager")
    assert "아직 발급된 포스터가 없습니다" in manager.get("/manager/GP-001/poster").get_data(as_text=True)
    assert manager.get("/manager/GP-001/poster/ko.pdf").status_code == 404
    assert issue(manager).status_code == 303
    poster = current(services)
    wanted = f"{settings.origin}/E/{poster.poster_id}".upper()
    for language in ("ko", "en"):
        for name in (f"{language}.png", f"{language}-preview.png"):
            answer = manager.get(f"/manager/GP-001/poster/{name}")
            assert answer.mimetype == "image/png"
            assert [found.text for found in zxingcpp.read_barcodes(Image.open(BytesIO(answer.data)))] == [wanted]
        answer = manager.get(f"/manager/GP-001/poster/{language}.pdf")
        assert answer.data.startswith(b"%PDF-1.7")
        assert f"GP-001-poster-1-{language}.pdf" in answer.headers["Content-Disposition"]
    assert manager.get("/manager/GP-001/poster/fr.pdf").status_code == 404


def test_downloading_again_is_the_same_poster(person, services):
    manager = person("manager")
    issue(manager)
    first = manager.get("/manager/GP-001/poster/ko.png").data
    assert manager.get("/manager/GP-001/poster/ko.png").data == first
    assert current(services).epoch == 1


def test_a_new_poster_retires_the_old_one_after_its_grace(person, services, clock):
    manager = person("manager")
    issue(manager)
    old = current(services)
    clock.passes(minutes=1)
    issue(manager, epoch=1)
    assert current(services).epoch == 2
    page = manager.get("/manager/GP-001/poster").get_data(as_text=True)
    assert "제2차 포스터" in page
    assert f'/E/{current(services).poster_id}"' in page  # what visitors see can be opened from here
    assert "2020. 8. 27.(목) 18:01까지 유효" in page
    assert open_poster(services, old.poster_id, clock())[0] == posters.Poster(
        poster_id=old.poster_id, facility_id="GP-001", epoch=1, valid_from=old.valid_from, retired_at=clock()
    )
    clock.passes(seconds=GRACE.total_seconds())
    with pytest.raises(PosterRetired):
        open_poster(services, old.poster_id, clock())
    assert "기간 지남" in person("manager").get("/manager/GP-001/poster").get_data(as_text=True)


@pytest.mark.parametrize("epoch", ["1", "", "x", "9" * 30, "-1"])
def test_a_form_that_is_sent_twice_or_is_too_old_issues_nothing(person, services, epoch):
    manager = person("manager")
    issue(manager)
    issue(manager, epoch=1)
    assert issue(manager, epoch=epoch).status_code == 303
    assert current(services).epoch == 2
    assert "그 사이에 새 포스터가 발급되었습니다" in manager.get("/manager/GP-001/poster").get_data(as_text=True)


def test_a_name_that_cannot_be_printed_is_told_with_its_letters(person, services):
    from entry_service.store.sites import facilities

    services.store.write(lambda db: facilities.update_facility(db, facility("GP-001", "쀍 도서관")))
    manager = person("manager")
    issue(manager)
    page = manager.get("/manager/GP-001/poster").get_data(as_text=True)
    assert 'class="address"' not in page
    assert "글꼴에 없는 글자가 있어 포스터를 만들지 못했습니다: 쀍" in page
    refused = manager.get("/manager/GP-001/poster/ko.pdf", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json["code"]) == (422, "glyph_missing")


def test_a_revoked_device_is_refused_and_shown_as_ended(person, device):
    manager = person("manager")
    assert "해제됨" not in manager.get("/manager/GP-001/devices").get_data(as_text=True)
    assert manager.post("/manager/GP-001/devices/D-GP-002/revoke").status_code == 404
    assert manager.post("/manager/GP-001/devices/D-GP-001/revoke").status_code == 303
    page = manager.get("/manager/GP-001/devices").get_data(as_text=True)
    assert "해제됨" in page
    assert "기기 등록을 해제했습니다" in page
    assert person().get("/api/v1/facilities/GP-001/occupancy", headers=device).status_code == 401


def test_bars_are_as_high_as_their_values_say():
    chart = draw_chart([0] * 8 + [3, 12, 6] + [0] * 13, hour_now=10)
    assert (chart.top, chart.busiest) == (20, 9)
    assert [(bar.hour, bar.height) for bar in chart.bars if bar.value] == [(8, 15), (9, 60), (10, 30)]
    assert [bar.hour for bar in chart.bars if bar.now] == [10]
    assert all(bar.y + bar.height == 100 for bar in chart.bars)
    assert all(bar.x >= 0 and bar.x + bar.width <= 240 for bar in chart.bars)


def test_a_day_without_entries_has_no_busiest_hour():
    assert draw_chart([0] * 24, None).busiest is None


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 4), (4, 4), (5, 8), (21, 40), (99, 100), (101, 200), (4_321, 6_000)]
)
def test_the_top_of_the_scale_is_round_and_never_too_low(highest, top):
    assert nice_top(highest) == top


def test_every_reason_for_which_the_log_has_refused_scans_is_said_in_words(person, services, clock):
    logged = {*codes(), FULL, DailyCapReached.code, FacilityClosed.code, CallerUnknown.code}
    log(services, clock, *((1, {"outcome": code, "pid": None}) for code in sorted(logged)))
    page = person("manager").get("/manager").get_data(as_text=True)
    assert [code for code in sorted(logged) if code in page] == []
