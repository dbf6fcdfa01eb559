"""What comes into the inbox: still or not, packed or not, good or not; nothing is lost. Tests move its clock."""

import gzip
import json
import shutil
import zipfile

import pytest

from .box import Box
from .watching import town_folders


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return town_folders(tmp_path_factory.mktemp("town"))


@pytest.fixture
def box(tmp_path) -> Box:
    return Box(tmp_path)


def test_a_file_is_taken_when_it_has_been_still_for_two_seconds(box, town):
    whole = town.days[0].read_bytes()
    half = whole[: whole.rindex(b"\n", 0, len(whole) // 2) + 1]
    there = box.folder / "day.csv"
    there.write_bytes(half)
    assert box.look() == "waiting"
    assert box.look(1.9) == "waiting"
    there.write_bytes(whole)  # the copy went on
    assert box.look(0.2) == "waiting"
    assert box.look(1.9) == "waiting"
    assert box.look(0.2) == "worked"
    assert box.look() == "idle"
    assert box.stored() == ["day.csv"]
    assert box.store.paths()[0].read_bytes() == whole
    assert box.said == ["day.csv: taken, 2020-08-03 (seoul_dong)"]


def test_a_copy_that_rests_in_the_middle_of_a_row_is_given_a_minute(box, town):
    whole = town.days[0].read_bytes()
    there = box.folder / "day.csv"
    there.write_bytes(whole[: len(whole) // 2 - 7])
    box.settle(50)
    assert (box.stored(), box.refused()) == ([], [])
    there.write_bytes(whole)
    box.settle()
    assert box.store.paths()[0].read_bytes() == whole


@pytest.mark.parametrize("packed", ["zip", "gz"])
def test_a_packed_file_that_is_cut_off_is_given_a_minute_and_then_refused(box, town, packed):
    there = box.folder / f"day.{packed}"
    if packed == "zip":
        with zipfile.ZipFile(there, "w") as bundle:
            bundle.write(town.days[0], "day.csv")
    else:
        there.write_bytes(gzip.compress(town.days[0].read_bytes()))
    whole = there.read_bytes()
    there.write_bytes(whole[:-40])
    box.settle(50)
    assert (box.stored(), box.refused()) == ([], [])
    there.write_bytes(whole)
    box.settle()
    assert box.stored() == [there.name]
    again = box.folder / f"again.{packed}"
    again.write_bytes(whole[:-40])
    box.settle(61)
    assert box.refused() == [again.name, f"{again.name}.reason.txt"]
    assert "손상되었거나 중간에 잘렸습니다" in box.reason(again.name)


def test_what_grows_after_it_was_taken_is_looked_at_again(box, town):
    whole = town.days[0].read_bytes()
    half = whole.rindex(b"\n", 0, len(whole) // 2) + 1
    with (box.folder / "day.csv").open("wb", buffering=0) as copying:
        copying.write(whole[:half])
        box.settle()
        assert box.stored() == ["day.csv"]
        copying.write(whole[half:])  # the same open file, wherever it lies now
    box.settle()
    assert [path.read_bytes() for path in box.store.paths()] == [whole]
    assert any("looked at again" in said for said in box.said)


@pytest.mark.parametrize("name", [".day.csv", "day.csv.part", "day.csv.tmp", "day.csv.crdownload", "day.csv~"])
def test_copies_in_progress_are_not_looked_at_until_they_have_their_name(box, town, name):
    shutil.copy(town.days[0], box.folder / name)
    box.settle(600)
    assert box.stored() == []
    (box.folder / name).rename(box.folder / "day.csv")
    box.settle()
    assert box.stored() == ["day.csv"]


@pytest.mark.parametrize(
    ("name", "content", "korean", "english"),
    [
        ("letter.csv", "안녕하십니까\n".encode(), "알려진 자료 형식이 아닙니다", "no known layout"),
        ("empty.csv", b"", "파일이 비어 있습니다", "empty"),
        ("photo.zip", b"PK\x05\x06" + bytes(18), "압축 파일 안에 표가 없습니다", "holds no table"),
        (
            "hour.csv",
            '"기준일ID","시간대구분","행정동코드","총생활인구수"\n"20200803","24","41410100","7"\n'.encode(
                "cp949"
            ),
            "쓸 수 있는 행이 하나도 없습니다",
            "no row can be used",
        ),
    ],
)
def test_what_cannot_be_used_is_put_aside_with_file_row_field_and_reason(box, name, content, korean, english):
    (box.folder / name).write_bytes(content)
    box.settle(61)
    assert box.refused() == [name, f"{name}.reason.txt"]
    assert (box.folder / "refused" / name).read_bytes() == content
    told = box.reason(name)
    assert f"파일: {name}" in told
    assert korean in told
    assert english in told
    if name == "hour.csv":
        assert "행: 2" in told
        assert "field: 시간대구분" in told


def test_two_refused_files_of_one_name_both_stay(box):
    for content in (b"one\n", b"two\n"):
        (box.folder / "letter.csv").write_bytes(content)
        box.settle()
    assert len(box.refused()) == 4


def test_another_carrier_s_layout_is_refused_while_files_of_the_first_are_kept(box, town):
    shutil.copy(town.days[0], box.folder)
    box.settle()
    header = "기준년월,시간대코드,행정동코드,유동인구수\n"
    rows = "".join(f"202008,{hour:02d},41410100,7\n" for hour in range(24))
    (box.folder / "month.csv").write_text(header + rows, encoding="utf-8")
    box.settle()
    assert "함께 쓸 수 없습니다" in box.reason("month.csv")
    assert "stored are seoul_dong" in box.reason("month.csv")


def test_the_same_file_again_changes_nothing(box, town):
    shutil.copy(town.days[0], box.folder)
    box.settle()
    before = box.store.fingerprint()
    shutil.copy(town.days[0], box.folder / "copy.csv")
    box.settle()
    assert "같은 파일을 이미 받았습니다" in box.reason("copy.csv")
    assert box.store.fingerprint() == before


def test_only_the_newest_days_stay(tmp_path, town):
    box = Box(tmp_path, days=3)
    for file in town.days:
        shutil.copy(file, box.folder)
    box.settle()
    assert box.stored() == [file.name for file in town.days[-3:]]


def test_a_file_of_a_day_that_has_not_come_is_refused_and_removes_no_other(box, town):
    for day in (0, 1):
        shutil.copy(town.days[day], box.folder)
    box.settle()
    misprint = town.days[2].read_text("cp949").replace('"20200805"', '"21200805"', 1)
    (box.folder / "misprint.csv").write_text(misprint, "cp949", newline="")
    box.settle()
    assert box.stored() == [town.days[0].name, town.days[1].name]
    assert "아직 오지 않은 날짜" in box.reason("misprint.csv")
    assert "2120-08-05" in box.reason("misprint.csv")


def test_the_typical_day_of_the_month_that_runs_is_taken_and_that_of_the_next_is_not(box):
    header = "기준년월,시간대코드,행정동코드,유동인구수\n"
    for month in ("202009", "202010"):
        rows = "".join(f"{month},{hour:02d},41410100,7\n" for hour in range(24))
        (box.folder / f"{month}.csv").write_text(header + rows, encoding="utf-8")
    box.settle()
    assert (box.stored(), box.refused()) == (["202009.csv"], ["202010.csv", "202010.csv.reason.txt"])


def test_a_day_later_than_the_clock_that_was_stored_before_removes_nothing(tmp_path, town):
    box = Box(tmp_path, days=3)
    shutil.copy(town.days[0], box.folder)
    box.settle()
    facts = next(box.watched.store.glob("2*/file.json"))
    later = shutil.copytree(facts.parent, box.watched.store / "2120-08-05-20200831T000000-01234567")
    told = json.loads(facts.read_text()) | {"folder": later.name, "days": ["2120-08-05"]}
    (later / "file.json").write_text(json.dumps(told))
    shutil.copy(town.days[1], box.folder)
    box.settle()
    assert {town.days[0].name, town.days[1].name} <= set(box.stored())


def test_a_kill_between_inbox_and_store_loses_no_file(box, town):
    half = box.watched.store / ".new-2020-08-03-20200901T000000-01234567"
    half.mkdir()
    shutil.copy(town.days[0], half / "day.csv")
    box.settle()
    assert box.stored() == ["day.csv"]
    assert not half.exists()


@pytest.mark.parametrize("share", [0.5, 1])
def test_a_kill_while_a_share_is_copied_leaves_the_whole_file(box, town, share):
    whole = town.days[0].read_bytes()
    half = box.watched.store / ".new-2020-08-03-20200901T000000-01234567"
    half.mkdir()
    (half / "day.csv").write_bytes(whole[: int(len(whole) * share)])
    (box.folder / "day.csv").write_bytes(whole)
    box.settle()
    assert [path.read_bytes() for path in box.store.paths()] == [whole]
    assert (box.refused(), half.exists()) == ([], False)


def test_what_is_given_back_overwrites_no_other_file_of_its_name(box, town):
    half = box.watched.store / ".new-2020-08-03-20200901T000000-01234567"
    half.mkdir()
    shutil.copy(town.days[0], half / "day.csv")
    shutil.copy(town.days[1], box.folder / "day.csv")
    box.settle()
    assert box.stored() == ["day-2.csv", "day.csv"]


def test_a_link_in_the_inbox_is_not_followed(box, town, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("key\n12345\n")
    (box.folder / "day.csv").symlink_to(secret)
    box.settle()
    assert (box.stored(), box.refused()) == ([], ["day.csv", "day.csv.reason.txt"])
    assert "링크입니다" in box.reason("day.csv")
    assert "key" not in box.reason("day.csv")
    assert secret.read_text() == "key\n12345\n"


def test_folders_in_the_inbox_are_left_alone(box):
    (box.folder / "old").mkdir()
    box.settle(600)
    assert (box.folder / "old").is_dir()
    assert box.said == []
