"""Take the contact list of a case along, as XLSX, CSV or print: with a reason, an audit row first, a watermark.

Nothing is kept on the service: a file is made, sent, and forgotten.
"""

from dataclasses import dataclass
from datetime import datetime

from entry_service.core.actors import Actor
from entry_service.core.contact_list import (
    EXPORT_REASONS,
    WARNING,
    ExportReason,
    Reckoning,
    columns,
    rows_of,
    watermark,
)
from entry_service.core.errors import BadInput
from entry_service.core.model import Case
from entry_service.core.times import KST
from entry_service.services import Services
from entry_service.spreadsheets import Cell, Sheet, csv_bytes, workbook_bytes
from entry_service.store.cases import cases
from entry_service.store.sites import accounts

from .follow_up import reckoning
from .grounds import doubts_of

REASON_WORDS: dict[ExportReason, str] = {
    "field_work": "현장 역학조사",
    "other_centre": "다른 보건소 이관",
    "superior_report": "상급기관 보고",
    "outage": "전산 장애 대비",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactList:
    """The list as it leaves the service."""

    case: Case
    columns: list[str]
    rows: list[list[Cell]]
    reckoning: Reckoning
    mark: str
    reason: ExportReason
    made_at: datetime


def take_along(
    services: Services, case_id: str, *, reason: ExportReason, actor: Actor, now: datetime
) -> ContactList:
    """Return the contact list of a case for a file or print, after the audit row ``contacts_exported``.

    Raises ``NotFound``, ``BadInput`` (``reason``), ``KeyGone``, ``AuditUnavailable``.
    """
    if reason not in EXPORT_REASONS:
        raise BadInput("내려받기 사유를 선택하시기 바랍니다.", field="reason")
    with services.store.read() as db:
        case = cases.find_case(db, case_id)
        account = accounts.by_id(db, actor.account_id)
    contacts = services.vault.case_files.export(case_id, actor, now, reason)
    requests = services.vault.disclosures.of_case(case_id)
    opened = [request.request_hash for request in requests if request.opened_at is not None]
    mark = watermark(account.login if account else actor.account_id, now, opened)
    return ContactList(
        case=case,
        columns=columns(services.settings.together_minutes),
        rows=rows_of(contacts, mark, doubts_of(services, case_id, [one.evidence for one in contacts])),
        reckoning=reckoning(requests, contacts),
        mark=mark,
        reason=reason,
        made_at=now,
    )


def xlsx_of(taken: ContactList) -> bytes:
    """Return the list as a workbook: the rows, and the count that adds up on a sheet of its own."""
    return workbook_bytes(
        [
            Sheet(title="접촉자 검토 명단", columns=taken.columns, rows=taken.rows, watermark=taken.mark),
            Sheet(title="집계", columns=["항목", "값"], rows=summary(taken), watermark=taken.mark),
        ]
    )


def csv_of(taken: ContactList) -> bytes:
    """Return the list as CSV; the count stands below the rows, in rows of its own."""
    width = len(taken.columns)
    below = [[f"집계: {name}", value, *[None] * (width - 2)] for name, value in summary(taken)]
    return csv_bytes(taken.columns, [*taken.rows, *below])


def summary(taken: ContactList) -> list[list[Cell]]:
    """Return what must be told with the list: what it is, and that no record is missing."""
    count = taken.reckoning
    return [
        ["확진자 번호", taken.case.number],
        ["만든 때", f"{taken.made_at.astimezone(KST):%Y-%m-%d %H:%M}"],
        ["사유", REASON_WORDS[taken.reason]],
        ["접촉자(명)", count.persons],
        ["노출(행)", len(taken.rows)],
        ["요청한 기록", count.asked],
        ["읽은 기록", count.readable],
        ["판독 불가", count.unreadable],
        ["이미 파기됨", count.destroyed],
        ["대조", "일치" if count.adds_up else "불일치"],
        ["주의", f"{WARNING}. 자동 판정이 아니며, 판정은 역학조사관이 함"],
    ]
