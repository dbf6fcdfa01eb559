"""Values cross by their annotations and come out equal; refusals come out as the class that was raised."""

import socket
import threading
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry_service.core.errors import BadInput, EntryError, NotFound, Sentence, TooMany, Unavailable
from entry_service.core.model import Contact
from entry_service.core.times import KST
from entry_service.vault import wire
from entry_service.vault.verification import CodeRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What an answer may be made of."""

    day: date
    at: datetime | None
    raw: bytes
    word: Literal["one", "two"]
    inner: tuple[Contact, ...] = ()


class Example:
    """Methods as those of the vault."""

    def rows(
        self,
        passes: list[tuple[date, bytes]],
        record: Contact | bytes,
        *,
        now: datetime,
        lasts: timedelta = timedelta(days=1),
        subjects: frozenset[str] = frozenset(),
    ) -> dict[tuple[date, bytes], Row]:
        """Give rows by pass."""

    def nothing(self) -> None:
        """Give nothing."""

    def bare(self, day):
        """Give what nobody can know."""


PASS = (date(2020, 8, 25), b"\x00\xff\x80raw")
CONTACT = Contact(name="방문자", phone="+821000001234", verified=True)
NOW = datetime(2020, 8, 25, 12, 0, 0, 123456, tzinfo=KST)


def crossed(packed):
    """Return what the other side reads."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(packed))


@pytest.mark.parametrize("record", [CONTACT, b"sealed"])
def test_arguments_come_out_as_they_went_in(record):
    form = wire.form_of(Example.rows)
    given_ = ((one for one in [PASS]), record), {"now": NOW, "subjects": frozenset({"a"})}
    out = form.arguments(crossed(form.pack_arguments(*given_)))
    assert out == {"passes": [PASS], "record": record, "now": NOW, "subjects": frozenset({"a"})}
    assert out["now"].utcoffset() == NOW.utcoffset()


def test_results_come_out_as_they_went_in_tuple_keys_too():
    form = wire.form_of(Example.rows)
    rows = {PASS: Row(day=PASS[0], at=NOW, raw=b"\xff", word="two", inner=(CONTACT,))}
    assert form.result(crossed(form.pack_result(rows))) == rows
    assert wire.form_of(Example.nothing).result(crossed(None)) is None


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {},
        {"passes": [], "record": b"", "now": "yesterday"},
        {"passes": [["2020-08-25"]], "record": b"", "now": "2020-08-25T12:00:00+09:00"},
        {"passes": [], "record": {"name": 1}, "now": "2020-08-25T12:00:00+09:00"},
        {"passes": [], "record": b"", "now": "2020-08-25T12:00:00+09:00", "store": 1},
    ],
)
def test_arguments_of_another_form_are_refused(raw):
    with pytest.raises(msgspec.ValidationError):
        wire.form_of(Example.rows).arguments(raw)


def test_a_method_without_annotations_has_no_form():
    with pytest.raises(TypeError):
        wire.form_of(Example.bare)


def test_what_has_no_place_in_a_frame_is_not_sent():
    with pytest.raises(TypeError):
        wire.form_of(Example.rows).pack_arguments(([], socket.socket), {"now": NOW})


@pytest.mark.parametrize(
    "refusal",
    [
        BadInput(field="sealed"),
        BadInput("번호를 확인하시기 바랍니다.", field="phone"),
        BadInput(Sentence("%(longest)s자까지입니다.", longest=40), field="name"),
        NotFound(what="card"),
        TooMany(retry_after=3600),
        CodeRefused(),
        Unavailable(reason="busy"),
    ],
)
def test_a_refusal_comes_out_as_its_class_with_facts_and_sentence(refusal):
    out = wire.refusal_of(crossed(wire.pack_refusal(refusal)))
    assert type(out) is type(refusal)
    assert (out.facts, out.sentence, str(out)) == (refusal.facts, refusal.sentence, str(refusal))
    assert getattr(out.sentence, "form", None) == getattr(refusal.sentence, "form", None)
    assert isinstance(out, EntryError)


def test_a_refusal_nobody_here_knows_is_unavailable():
    assert type(wire.refusal_of({"code": "of_tomorrow", "facts": {}})) is Unavailable


def sent(raw: bytes, **options: object) -> object:
    """Return what is received when these bytes arrive and the other side ends."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        writer = threading.Thread(target=lambda: (theirs.sendall(raw), theirs.shutdown(socket.SHUT_WR)))
        writer.start()
        try:
            return wire.receive(ours, **options)
        finally:
            writer.join()


@given(st.binary(max_size=200))
def test_whatever_arrives_is_a_message_an_end_or_refused(raw):
    try:
        message = sent(raw)
    except (wire.FrameRefused, ConnectionError):
        return
    assert message is None or isinstance(message, dict)


def test_frames_arrive_whole_and_a_cut_one_does_not():
    frame = wire.pack({"call": "deposit", "with": {"pid": bytes(3_000_000)}})
    assert sent(frame) == {"call": "deposit", "with": {"pid": bytes(3_000_000)}}
    assert sent(b"") is None
    for cut in (1, 3, 4, len(frame) - 1):
        with pytest.raises(ConnectionError):
            sent(frame[:cut])


def test_a_frame_beyond_the_limit_is_refused_on_either_side(monkeypatch):
    frame = wire.pack({"call": "x" * 200})
    monkeypatch.setattr(wire, "LONGEST", 100)
    with pytest.raises(wire.FrameRefused):
        wire.pack({"call": "x" * 200})
    with pytest.raises(wire.FrameRefused):
        sent(frame)


def test_a_nest_of_nothing_is_refused():
    body = b"\x91" * 100_000 + b"\xc0"
    with pytest.raises(wire.FrameRefused):
        sent(len(body).to_bytes(4, "big") + body)
