"""The end of collection: what may not be taken any more, what is still to go, the proof that all of it went."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from .errors import EntryError
from .receipts import digest
from .times import kst_day

NOTICE = timedelta(minutes=1)  # from the decision to the end: every process knows by then
KIND = "sunset"
VERSION = 1
# what a proof cannot speak of; the keys of backups are in no backup
LIMITS = "다른 곳에 옮긴 백업과 데이터베이스의 변경 기록 보관소(WAL)에 남은 기록은 포함하지 않음"


class ProofNotReady(EntryError):
    """Something is left, so nothing can be proved; ``reason`` says what."""

    status, code = 409, "proof_not_ready"
    sentence = "아직 파기하지 않은 것이 남아 있어 종료 확인서를 만들 수 없습니다."


class ProofWrong(EntryError):
    """A signed proof that says of itself that something was left, or another receipt than the one given."""

    status, code, sentence = 422, "proof_wrong", "종료 확인서의 내용이 서로 맞지 않습니다."


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When what ends, from a moment of ending on: ``last_day`` is the last that is collected."""

    ends_at: datetime
    last_day: date
    last_destroyed_on: date
    days_held: int


def plan_of(ends_at: datetime, retention_days: int, held: Sequence[date], empty: Collection[date] = ()) -> Plan:
    """Return the schedule of an end: the keys of each day go ``retention_days`` after it, as always.

    Parameters
    ----------
    held
        Days whose keys live. Passes are signed a day ahead, so that the newest may lie after the end.
    empty
        Those of them that hold nothing: one after the end goes on the day after its own.
    """
    last = kst_day(ends_at)
    goes = [day + timedelta(days=1 if day > last and day in empty else retention_days) for day in {*held, last}]
    return Plan(ends_at=ends_at, last_day=last, last_destroyed_on=max(goes), days_held=len(held))


def left_over(
    log: Mapping[str, int], vault: Mapping[str, int], folders: Sequence[str] = (), copies: Sequence[str] = ()
) -> dict[str, int]:
    """Return what is left, by table, kind of key, name of a folder or copy: empty once all of it is gone."""
    both = {**{f"log.{name}": many for name, many in log.items()}, **{f"vault.{n}": m for n, m in vault.items()}}
    return (
        {name: many for name, many in both.items() if many}
        | {f"folder.{name}": 1 for name in folders}
        | dict(Counter(copies))
    )


def check_proof(
    body: Mapping[str, Any], receipts: Sequence[Mapping[str, Any]] = (), texts: Sequence[str] = ()
) -> None:
    """Raise ``ProofWrong`` unless a verified proof says that nothing is left, and names exactly these receipts.

    Parameters
    ----------
    receipts, texts
        Verified receipts of whole days and their canonical texts, of which each must be named by its hash.
    """
    gone = not any(body["rows"].values()) and not any(body["keys"].values()) and body["folders"] == 0
    gone = gone and body.get("copies", 0) == 0  # which earlier proofs do not speak of
    named = {one["day"]: one["sha256"] for one in body.get("days", ())}
    whole = body.get("kind") == KIND and gone
    bound = body.get("days_sha256") == digest("".join(one["sha256"] for one in body.get("days", ())))
    same = all(named.get(one["day"]) == digest(text) for one, text in zip(receipts, texts, strict=True))
    if not (whole and bound and same and body["audit"]["ok"]):
        raise ProofWrong
