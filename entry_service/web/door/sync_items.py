"""The items of ``POST /api/v1/sync`` and what became of each, as the API reads and writes them."""

import re
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from entry_service.core.errors import EntryError
from entry_service.usecases.doors.queued import QueuedRefusal, QueuedScan
from entry_service.usecases.doors.sync import Item, QueuedUndo

from ..api.openapi import bad_input
from ..frame.i18n import translated
from .acts_api import Moment, NewClosing
from .scan_api import LONGEST_CODE, Gate, NewScan, ScanId
from .slip_api import NewSlip

KIND = {"tag_field": "kind", "frozen": True, "forbid_unknown_fields": True}


class ScanItem(NewScan, tag="scan", **KIND):
    """A scan that happened: ``admit`` and ``pin`` are not looked at."""


class SlipItem(NewSlip, tag="slip", **KIND):
    """A paper slip."""


class RefusalItem(msgspec.Struct, tag="refusal", **KIND):
    """What the device refused by itself, and the code of its reason."""

    scan_id: ScanId
    code: Annotated[str, Meta(max_length=40)]
    scanned_at: Moment
    text: Annotated[str, Meta(max_length=LONGEST_CODE)] = ""
    gate: Gate = ""


class UndoItem(msgspec.Struct, tag="undo", **KIND):
    """A scan of this device was taken back."""

    scan_id: ScanId
    undone_at: Moment


class ClosingItem(NewClosing, tag="closing", **KIND):
    """Everyone was sent out."""


class UnknownKind(EntryError):
    """This service knows no items of this kind; a newer page may have made it."""

    status, code = 422, "unknown_kind"
    sentence = "이 서비스가 처리하지 못하는 종류의 기록입니다. 화면을 새로 고친 뒤 다시 시도해 주시기 바랍니다."


AnyItem = ScanItem | SlipItem | RefusalItem | UndoItem | ClosingItem
_DECODER = msgspec.json.Decoder(AnyItem)


def read_item(raw: msgspec.Raw) -> AnyItem | EntryError:
    """Return one item, or why it cannot be read."""
    try:
        return _DECODER.decode(raw)
    except msgspec.ValidationError as reason:
        unknown = str(reason).startswith("Invalid value") and str(reason).endswith("`$.kind`")
        return UnknownKind() if unknown else bad_input(str(reason))  # the reason may quote what was sent
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return bad_input("")


def id_of(raw: msgspec.Raw, item: AnyItem | EntryError) -> str:
    """Return the id by which the device knows an item; also of one that cannot be read, where it has one."""
    if isinstance(item, ClosingItem):
        return item.closing_id
    if not isinstance(item, EntryError):
        return item.scan_id
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    names = [found.get("scan_id"), found.get("closing_id")] if isinstance(found, dict) else []
    ids = [name for name in names if isinstance(name, str) and re.fullmatch(r"[0-9A-Za-z-]{8,64}", name)]
    return ids[0] if ids else ""


def queued(item: ScanItem | RefusalItem | UndoItem) -> Item:
    """Return an item as the use case takes it."""
    if isinstance(item, UndoItem):
        return QueuedUndo(scan_id=item.scan_id, undone_at=item.undone_at)
    if isinstance(item, RefusalItem):
        return QueuedRefusal(
            scan_id=item.scan_id, code=item.code, scanned_at=item.scanned_at, text=item.text, gate=item.gate
        )
    return QueuedScan(
        scan_id=item.scan_id,
        text=item.text,
        direction=item.direction,
        scanned_at=item.scanned_at,
        gate=item.gate,
        party_size=item.party_size,
        children=item.children,
    )


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one item: ``outcome`` when it is kept, ``code`` and ``detail`` when it was refused.

    A refused scan is a row of the log too. ``received_at`` is when the first of several answers was given.
    """

    id: str
    outcome: str | UnsetType = UNSET
    code: str | UnsetType = UNSET
    detail: str | UnsetType = UNSET
    field: str | UnsetType = UNSET
    retry_after: int | UnsetType = UNSET
    direction: Literal["in", "out"] | UnsetType = UNSET
    flags: list[str] | UnsetType = UNSET
    received_at: datetime | UnsetType = UNSET
    repeated: bool | UnsetType = UNSET


def refused(item_id: str, error: EntryError) -> Result:
    """Return the refusal of one item, in the language of the request."""
    told = {name: error.facts[name] for name in ("field", "retry_after") if name in error.facts}
    return Result(item_id, code=error.code, detail=translated(error.sentence), **told)
