"""The public map and its feed: open to all, what is withheld stays so, and anybody may keep a copy for a while."""

import hashlib
import json
import re
from datetime import datetime, timedelta

import pytest

from entry_service import create_app
from entry_service.settings import Settings
from entry_service.web.visitor import public_folder
from entry_service.web.visitor.public_shapes import WIDTH, draw

from .browser import axe_violations, chromium, phone, serving, too_wide
from .publication_folder import write_public, write_register

FEED = "/api/v1/public/hotspots"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    var = tmp_path_factory.mktemp("public") / "var"
    write_register(write_public(var / "public"))
    secret = "a secret of the tests, forty characters."
    return create_app(Settings(var=var, secret=secret, secure_cookies=False))


@pytest.fixture
def client(app):
    return app.test_client()


def test_the_page_tells_words_figures_and_what_is_withheld(client):
    page = client.get("/map").get_data(as_text=True)
    assert "2개 동 가운데 1곳이 핫스팟입니다." in page
    assert "1,234" in page
    assert "비공개" in page
    assert "공개 예정" in page  # index visits of the latest day
    assert "10건 미만이면 공개하지 않습니다" in page
    assert client.get("/map?day=2020-08-12").get_data(as_text=True).count(">12<") == 3


def test_a_category_is_told_by_its_name_and_one_without_rows_has_no_data(client):
    page = client.get("/map?category=library").get_data(as_text=True)
    assert '<option value="library" selected>도서관</option>' in page
    assert "Library" in client.get("/map?lang=en").get_data(as_text=True)


def test_how_much_was_not_logged_is_told_in_steps_or_withheld(client):
    page = client.get("/map?day=2020-08-12").get_data(as_text=True)
    assert re.findall(r"public-wide(?: untold)?\">(약 \d+%)<", page) == ["약 30%", "약 20%"]
    assert client.get(f"{FEED}/hours.csv").data.startswith(b"\xef\xbb\xbfday,dong_code")


def test_the_history_tells_each_publication_and_what_changed(client):
    page = client.get("/map/history").get_data(as_text=True)
    assert page.index("2번째 게시") < page.index("1번째 게시")
    newest = page[page.index("2번째 게시") : page.index("1번째 게시")]
    assert "지금 보이는 결과" in newest
    assert re.search(r"판단이 바뀜: <span lang=\"ko\">군포1동</span> 유의하지 않음 → <b>핫스팟</b>", newest)
    assert "이 결과에는 없는 날" in newest  # 11 August
    assert "이력의 일부가" not in page
    lines = client.get(f"{FEED}/register.jsonl").data.splitlines()
    assert [json.loads(line)["number"] for line in lines] == [1, 2]
    assert json.loads(lines[1])["files"]["public.csv"]["hash"].removeprefix("sha256:") in newest
    assert client.get("/map/history?lang=en").get_data(as_text=True).count("Corrected counts") == 2


def test_a_history_that_was_changed_says_so(tmp_path):
    folder = write_register(write_public(tmp_path / "public"))
    file = folder / "register.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"k": 10', b'"k": 3', 1))
    app = create_app(
        Settings(var=tmp_path, secret="a secret of the tests, forty characters.", secure_cookies=False)
    )
    page = app.test_client().get("/map/history").get_data(as_text=True)
    assert "이력의 일부가 처음 적은 것과 다릅니다." in page
    assert "1번째 게시" in page  # its own line is the one that was changed; what rests on it is not shown
    assert "2번째 게시" not in page


WRONG = "지금 보이는 결과가 이 이력에 적힌 것과 맞지 않습니다."


def history_of(var) -> str:
    made = Settings(var=var, secret="a secret of the tests, forty characters.", secure_cookies=False)
    return create_app(made).test_client().get("/map/history").get_data(as_text=True)


def test_a_history_without_the_line_of_the_result_that_is_shown_says_so(tmp_path):
    public = write_public(tmp_path / "public")
    page = history_of(tmp_path)
    assert WRONG in page
    assert "공개한 결과의 이력을 읽을 수 없습니다." in page
    assert "아직 공개한 결과가 없습니다." not in page
    file = write_register(public) / "register.jsonl"
    first, second = file.read_bytes().splitlines(keepends=True)
    page = history_of(tmp_path)
    assert WRONG not in page
    assert "지금 보이는 결과</span>" in page
    for lines in (first, first + second[:-1], first + second.replace(b"sha256:", b"sha256:0", 1)):
        file.write_bytes(lines)
        page = history_of(tmp_path)
        assert WRONG in page
        assert "지금 보이는 결과</span>" not in page


def test_after_a_register_was_lost_nobody_says_that_nothing_was_corrected(tmp_path):
    file = write_register(write_public(tmp_path / "public")) / "register.jsonl"
    first, second = map(json.loads, file.read_bytes().splitlines())
    for marked, times in ((first, 2), (second, 1)):
        lines, last = [], ""
        for line in (first, second):
            more = {"new_register": True} if line is marked else {}
            lines.append(json.dumps(line | more | {"before": last}).encode() + b"\n")
            last = hashlib.sha256(lines[-1]).hexdigest()
        file.write_bytes(b"".join(lines))
        page = history_of(tmp_path)
        assert page.count("앞선 이력을 잃어 확인할 수 없음") == times
        assert page.count("고친 건수: 없음") == 2 - times


@pytest.mark.parametrize(
    ("judged", "words"),
    [
        (
            {"first_day": "2020-08-03", "last_day": "2020-08-16"},
            "2020. 8. 3.(월) – 2020. 8. 16.(일)의 방문에",
        ),
        (None, "10명 미만이어서 동을 판단하지 않았습니다."),
    ],
)
def test_the_page_says_of_which_days_the_words_are(tmp_path, judged, words):
    dongs = [{"dong_code": code, "name": "", "word": "no data", "reason": ""} for code in ("41410510", "41410520")]
    write_public(tmp_path / "public", judged=judged, dongs=dongs)
    made = Settings(var=tmp_path, secret="a secret of the tests, forty characters.", secure_cookies=False)
    page = create_app(made).test_client().get("/map").get_data(as_text=True)
    assert words in page
    assert ("핫스팟으로 판단한 동이 없습니다." in page) is bool(judged)
    assert ("아직 동을 판단하지 않았습니다." in page) is (not judged)


@pytest.mark.parametrize(
    ("hours", "words"), [(23, None), (25, "1일 전에 공개한 결과"), (77, "3일 전에 공개한 결과")]
)
def test_a_result_older_than_a_day_says_how_old_it_is(app, client, monkeypatch, hours, words):
    published = datetime.fromisoformat("2020-08-31T01:00:00+09:00")
    monkeypatch.setitem(app.extensions, "clock", lambda: published + timedelta(hours=hours))
    page = client.get("/map").get_data(as_text=True)
    assert ("전에 공개한" in page) == bool(words)
    assert words is None or words in page


def test_shapes_are_drawn_once_for_a_result(app, client, monkeypatch):
    drawn = []
    monkeypatch.setattr(public_folder, "draw", lambda shapes: drawn.append(1) or draw(shapes))
    public_folder._read.cache_clear()
    assert [client.get("/map").status_code for _ in range(3)] == [200] * 3
    assert drawn == [1]


@pytest.mark.parametrize("asked", ["day=2020-08-01", "day=x", "category=none"])
def test_what_was_not_published_is_refused(client, asked):
    assert client.get(f"/map?{asked}").status_code == 422


@pytest.mark.parametrize(
    ("ending", "media"),
    [
        ("geojson", "application/geo+json"),
        ("json", "application/json"),
        ("csv", "text/csv; charset=utf-8"),
        ("/register.jsonl", "application/jsonl"),
    ],
)
def test_the_feed_gives_the_files_to_every_page_and_says_when_nothing_changed(client, ending, media):
    address = FEED + (ending if ending.startswith("/") else f".{ending}")
    first = client.get(address, headers={"Origin": "https://neighbour.example"})
    assert first.status_code == 200
    assert first.headers["Content-Type"] == media
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert first.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in first.headers
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert again.data == b""
    assert client.post(address).status_code == 405


def test_no_other_answer_may_be_read_by_foreign_pages(client):
    for path in ("/map", "/places", "/api/v1/openapi.json"):
        assert "Access-Control-Allow-Origin" not in client.get(path).headers


def test_csv_opens_in_office_programs_and_geojson_has_a_feature_a_dong(client):
    assert client.get(f"{FEED}.csv").data.startswith(b"\xef\xbb\xbf")
    features = json.loads(client.get(f"{FEED}.geojson").data)["features"]
    assert [one["properties"]["word"] for one in features] == ["hot", "no data"]


def test_without_a_publication_the_page_says_so_and_the_feed_has_nothing(tmp_path):
    app = create_app(
        Settings(var=tmp_path, secret="a secret of the tests, forty characters.", secure_cookies=False)
    )
    assert "아직 공개한 결과가 없습니다." in app.test_client().get("/map").get_data(as_text=True)
    assert app.test_client().get(f"{FEED}.json").status_code == 404
    assert app.test_client().get(f"{FEED}/register.jsonl").status_code == 404
    assert "아직 공개한 결과가 없습니다." in app.test_client().get("/map/history").get_data(as_text=True)


def test_a_publication_that_is_not_whole_is_passed_over(tmp_path, caplog):
    folder = write_public(tmp_path / "public")
    (folder / "public.csv").write_text("changed", encoding="utf-8")
    app = create_app(
        Settings(var=tmp_path, secret="a secret of the tests, forty characters.", secure_cookies=False)
    )
    assert app.test_client().get(f"{FEED}.csv").status_code == 404
    assert "public result passed over" in caplog.text


def test_names_stand_inside_their_dong_and_the_picture_has_the_shape_of_the_city():
    ring = [[127.0, 37.0], [127.1, 37.0], [127.1, 37.05], [127.0, 37.05], [127.0, 37.0]]
    shapes, height = draw({"a": {"type": "MultiPolygon", "coordinates": [[ring]]}})
    assert 0 < shapes["a"].x < WIDTH
    assert shapes["a"].y == pytest.approx(height / 2, abs=1)
    assert height / WIDTH == pytest.approx(0.5 / 0.798, abs=0.03)


def test_the_page_fits_a_phone_and_everybody(app):
    with serving(app) as origin, chromium() as browser:
        page = phone(browser, origin)
        page.goto("/map")
        assert axe_violations(page) == []
        assert not too_wide(page)
        page.get_by_label("시설 유형").select_option("library")
        page.get_by_role("button", name="보기").click()
        assert "category=library" in page.url
        page.goto("/map/history")
        page.get_by_text("파일과 만든 방법").first.click()
        assert axe_violations(page) == []
        assert not too_wide(page)
        assert page.complaints == []
