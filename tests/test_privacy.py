"""The story of one invented person: nothing of it is in a log line, an address, an error, a page, a file, a copy.

Everything is written to the log at DEBUG, also by libraries and by the vault's own process. What belongs to whom
is the table ``MAY_HOLD``: the visitor's phone gets its own, the officer who was let in gets the contact list.
"""

import base64
import gzip
import io
import json
import sqlite3
import zipfile
import zlib

import pytest

from entry_service import passwords
from entry_service.core.times import day_of_number
from entry_service.spreadsheets import Sheet, workbook_bytes
from entry_service.usecases.retention.receipts import receipt_files

from . import hunting, officials
from .canaries import (
    CASE_NUMBER,
    NAME,
    OTHER_PHONE,
    PHONE,
    RESIDENCE,
    SAFETY_CODE,
    Net,
    in_cookie,
    of_phone,
    of_text,
)
from .databases import databases  # noqa: F401 - fixture
from .story import begun
from .web.conftest import PASSWORD
from .whose import CONTACT, IN_A_LOG, TAKEN_ALONG, leak_of_file, leak_of_row, leaks_of


@pytest.mark.parametrize(
    "leak",
    [
        f"name={NAME}",
        "갸온누뤼별".encode().hex(),
        json.dumps({"name": NAME}),
        f"GET /pass?name={'%EA%B0%B8%EC%98%A8%EB%88%84%EB%A4%BC%EB%B3%84'}",
        base64.b64encode(b"x" + NAME.encode() + b"yz").decode(),
        base64.urlsafe_b64encode(f"01008297316 {NAME}".encode()).decode(),
        repr(NAME.encode()),
        "tel 01008297316",
        "+82 10 0829 7316",
        "+821008297316",
        "82-10-0829-7316",
        "010.0829.7316",
        "(010) 0829-7316",
        base64.b64encode(b"{+821008297316").decode(),
        f"{SAFETY_CODE}",
        RESIDENCE,
        OTHER_PHONE,
        f"case {CASE_NUMBER}",
    ],
)
def test_the_net_catches_a_leak_in_any_spelling(leak):
    assert Net().found(f'{{"at": "2020-08-25T18:00+0900", "event": "{leak}"}}')


def zipped(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    "packed",
    [
        workbook_bytes([Sheet(title="명단", columns=["전화번호"], rows=[[PHONE]], watermark="w")]),
        workbook_bytes([Sheet(title="명단", columns=["전화번호"], rows=[], watermark=f"officer {PHONE}")]),
        zipped("list.csv.gz", gzip.compress(f"시험방문자,{PHONE}".encode())),
        zipped(f"{PHONE}.txt", b""),
        gzip.compress(zipped("a", PHONE.encode())),
    ],
    ids=[
        "cell",
        "watermark",
        "gzip in zip",
        "name",
        "zip in gzip",
    ],  # packed bytes tell the second
)
def test_the_net_catches_a_leak_that_is_packed(packed):
    assert PHONE.encode() not in packed.replace(f"{PHONE}.txt".encode(), b"")
    assert Net().found(packed) == {"phone"}


def test_the_net_catches_a_leak_in_a_cookie():
    said = json.dumps({"_flashes": [["info", f"{NAME} {'.' * 200}"]]}).encode()
    for body in (said, zlib.compress(said)):
        value = base64.urlsafe_b64encode(body).decode().rstrip("=") + ".stamp.signature"
        assert Net().found(in_cookie(value if body is said else f".{value}")) == {"name"}


def test_the_net_catches_nothing_in_clean_lines():
    assert Net().found('{"at": "2020-08-25T18:00+0900", "route": "/pass", "status": 200, "ms": 8297}') == set()
    net = Net()
    net.add("code", "739154")
    assert net.found("[출입명부] 인증번호 739154") == net.found("code=739154&x") == net.found("739154") == {"code"}
    assert net.found("created 1597391540000000 7391549 a739154") == set()
    assert min(map(len, of_phone(PHONE) | of_text(NAME))) >= 6


def test_the_hunt_finds_a_leak_in_a_row_a_journal_and_a_backup(tmp_path):
    """A number that was written and deleted again is in the journal, and one that was not is in the backup too."""
    (tmp_path / "var").mkdir()
    leaky = [sqlite3.connect(tmp_path / "var" / f"{name}.sqlite") for name in ("log", "vault")]
    for db in leaky:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE notes (words TEXT)")
        db.commit()
    leaky[0].execute("INSERT INTO notes VALUES (?)", (PHONE,))
    leaky[1].execute("INSERT INTO notes VALUES (?)", (NAME,))
    for db in leaky:
        db.commit()
    leaky[1].execute("DELETE FROM notes")
    leaky[1].commit()
    settings = type("Settings", (), {"var": tmp_path / "var"})
    hunting.back_up(settings, tmp_path / "backup")
    found = {
        name: Net().found(content) for name, content in hunting.files_in(tmp_path / "var", tmp_path / "backup")
    }
    assert found["var/log.sqlite-wal"] == found["backup/log.sqlite"] == {"phone"}
    assert found["var/vault.sqlite-wal"] == {"name"}
    for db in leaky:
        db.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def told(request, databases, tmp_path_factory):  # noqa: F811
    """Tell the whole story; keep what there was to hunt in while it was used, and after each destruction."""
    folder = tmp_path_factory.mktemp(request.param)
    url = databases.pair("postgresql")[0] if request.param == "postgresql" else ""
    with begun(folder, passwords.hash_password(PASSWORD), url=url, daily_cap=2, lookup_budget=4) as story:
        settings = story.settings
        story.believe_the_clock()
        phone = story.at_the_doors()
        story.at_the_office(phone)
        story.pages = officials.every_page(story.office, story.services)
        story.break_everything()
        story.app.test_client().get("/healthz")
        story.write_extract(settings.var / "extract" / "all")
        story.sealed = hunting.sealed_in(settings)
        story.pid = phone.signed.header.pid
        story.places = list(hunting.files_in(settings.var))
        story.rows = list(hunting.rows_of(settings))
        story.server = hunting.server_files(url, story.began) if url else []
        if not url:
            hunting.back_up(settings, folder / "backup")
            story.places += hunting.files_in(folder / "backup")
        story.clock.passes(days=15)
        assert story.purge().case_files == 3  # of the two others nothing was ever filed
        story.after_the_case = list(hunting.files_in(settings.var))
        story.clock.passes(days=13, hours=5)
        assert len(story.purge().days) == 1
        story.after_the_day = list(hunting.files_in(settings.var))
        story.rows_after = list(hunting.rows_of(settings))
        officials.sign_in_again(story.office)
        officials.review(story.office)
        officials.every_page(story.office, story.services, after=True)
        day = day_of_number(phone.signed.header.day)
        story.server += hunting.server_files(url, story.began) if url else []
        story.receipts = [(file.name, file.content) for file in receipt_files(story.services, day)]
    story.at_the_end = list(hunting.files_in(settings.var))
    return story


def test_no_line_of_any_process_holds_anything(told):
    lines = told.lines()
    assert len(lines) > 600
    assert [line[:300] for line in lines if told.net.found(line)] == []
    assert told.pages > 50


def test_no_address_holds_anything(told):
    assert [line for line in told.recorder.addresses if told.net.found(line)] == []


def test_no_answer_holds_more_than_it_may(told):
    assert len(told.recorder.answers) > 500
    found = [
        (one.method, one.path, one.status, *leak)
        for one in told.recorder.answers
        for leak in leaks_of(one, told.net)
    ]
    assert found == []
    assert len(told.socket_answers) >= (5 if told.settings.vault_socket else 0)
    assert [answer for answer in told.socket_answers if told.net.found(answer)] == []


def test_only_faults_that_were_made_are_faults(told):
    faults = {one.path for one in told.recorder.answers if one.status >= 500}
    assert faults == {"/api/v1/passes", "/api/v1/verifications"}


def test_the_officer_did_see_the_contacts(told):
    """Else all of this would hunt in a service that nobody used."""
    seen = {
        one.path.rpartition("/")[2]: told.net.found(one.body)
        for one in told.recorder.answers
        if one.path.startswith("/officer/cases/") and one.status == 200
    }
    assert seen["contacts"] >= {*CONTACT, "case number"}
    assert seen["contacts.xlsx"] == seen["contacts.csv"] == seen["print"] == TAKEN_ALONG


def test_no_file_and_no_backup_holds_anything_in_the_clear(told):
    names = {name.partition("/")[2] for name, _ in told.places}
    assert {"extract/all/index_visits.csv", "keys/kek", "key-copy/key-store"} <= names
    assert any(name.startswith("audit/") for name in names)
    places = [*told.places, *told.after_the_case, *told.after_the_day, *told.at_the_end, *told.server]
    assert [(place[0], leak) for place in places if (leak := leak_of_file(place, told.net))] == []


def test_no_row_holds_anything_in_the_clear(told):
    assert {"row of scans", "row of records", "row of audit", "row of audit_subjects"} <= {
        name for name, _ in told.rows
    }
    assert [(place[0], leak) for place in told.rows if (leak := leak_of_row(place, told.net))] == []


def test_receipts_hold_counts(told):
    assert len(told.receipts) >= 2
    assert [name for name, content in told.receipts if told.net.found(content)] == []


def test_nothing_sealed_is_left_after_its_destruction(told):
    """The key is gone, and so are the bytes it sealed: files and journals of SQLite, rows of both."""
    assert all(told.sealed.values())
    case = {one for name, values in told.sealed.items() for one in values if name.startswith("case_")}
    day = {told.pid, *(one for values in told.sealed.values() for one in values)} - case
    assert hunting.still_there([one.hex().encode() for one in case | day], told.rows_after) == set()
    if told.settings.log_url:  # a server overwrites in its own time: what is left there, no key opens
        return
    assert hunting.still_there(case | day, told.places) == case | day
    assert hunting.still_there(case, told.after_the_case) == set()
    assert hunting.still_there(day, told.after_the_case) == day
    assert hunting.still_there(day | case, [*told.after_the_day, *told.at_the_end]) == set()


def test_no_case_number_is_left_when_its_case_is_forgotten(told):
    for name, content in [*told.after_the_day, *told.at_the_end, *told.rows_after]:
        assert told.net.found(content, IN_A_LOG) == set(), name
