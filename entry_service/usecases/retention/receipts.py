"""Receipts of destroyed days: made, signed, kept, given out. How they are verified: core/receipts.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from entry_service.core.errors import NotFound
from entry_service.core.receipts import VERSION, canonical, digest, file_of, public_pem, sign
from entry_service.core.times import KST
from entry_service.services import Services
from entry_service.store.retention import destructions, receipts
from entry_service.store.retention.destructions import Destruction
from entry_service.store.retention.receipts import WHOLE, KeptReceipt
from entry_service.store.sites import facilities
from entry_service.vault.keys import key_file
from entry_service.version import code_version

KEY = "receipts"  # the signing key's file in the folder of keys
STORES = ("first", "second")  # the key stores in which a day's key is destroyed


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFile:
    """A receipt as it is given out."""

    name: str
    content: bytes


def sign_day(services: Services, destruction: Destruction, now: datetime) -> list[KeptReceipt]:
    """Return the signed receipts of a day: one a facility, and one of the whole service that binds them."""
    with services.store.read() as db:
        known = {facility.facility_id: facility.name for facility in facilities.all(db)}
        before = receipts.before(db, destruction.day)
        earlier = destructions.newest(db, 1, destruction.day)
        since = earlier[0].begun_at if earlier else None
        shredded = destructions.confirmed_paper(db, since, destruction.begun_at)
    counts = destruction.counts
    common = {
        "v": VERSION,
        "authority": services.settings.authority,
        "day": destruction.day.isoformat(),
        "key_id": counts["key_id"],
        "key_destroyed_in": list(STORES),
        "begun_at": _kst(destruction.begun_at),
        "destroyed_at": _kst(now),
        "previous": None if before is None else {"day": before.day.isoformat(), "sha256": digest(before.body)},
        "software": code_version(),
    }
    key = _key(services)
    bodies = {
        facility_id: canonical(
            {
                **common,
                "kind": "facility",
                "facility_id": facility_id,
                "facility_name": known.get(facility_id, ""),
                **_counted(counts["facilities"].get(facility_id, {})),
                "paper_shredded_since": _shredded(shredded.get(facility_id, [])),
            }
        )
        for facility_id in sorted({*counts["facilities"], *shredded})
    }
    whole = {
        **common,
        "kind": "service",
        **_counted(_sum(counts["facilities"])),
        "contacts": counts["contacts"],
        "cards": counts["cards"],
        "rows": counts["rows"],
        "folders": counts["folders"],
        "facilities": len(bodies),
        "facilities_sha256": digest("".join(digest(body) for body in bodies.values())),
    }
    bodies[WHOLE] = canonical(whole)
    return [
        KeptReceipt(day=destruction.day, facility_id=facility_id, body=body, signature=sign(body, key))
        for facility_id, body in bodies.items()
    ]


def receipt_file(services: Services, day: date, facility_id: str = WHOLE) -> ReceiptFile:
    """Return one receipt as a file; raise ``NotFound``."""
    with services.store.read() as db:
        kept = receipts.find(db, day, facility_id)
    if kept is None:
        raise NotFound(what="receipt")
    return _file(kept)


def receipt_files(services: Services, day: date) -> list[ReceiptFile]:
    """Return all receipts of a day as files; raise ``NotFound``."""
    with services.store.read() as db:
        kept = receipts.of_day(db, day)
    if not kept:
        raise NotFound(what="receipt")
    return [_file(one) for one in kept]


def public_key_pem(services: Services) -> str:
    """Return the public key with which anybody verifies the receipts."""
    return public_pem(_key(services))


def _file(kept: KeptReceipt) -> ReceiptFile:
    name = f"receipt-{kept.day.isoformat()}-{kept.facility_id or 'service'}.json"
    return ReceiptFile(name=name, content=file_of(kept.body, kept.signature))


def _key(services: Services) -> bytes:
    return key_file(services.settings.key_dir, KEY, may_make=True)


def _counted(counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        **{name: counts.get(name, 0) for name in ("scans", "entries", "refused", "passes")},
        "paper_slips": counts.get("slips", 0),
        "paper_slips_shredded": counts.get("slips_shredded", 0),
    }


def _sum(facilities: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for counts in facilities.values():
        for name, many in counts.items():
            total[name] = total.get(name, 0) + many
    return total


def _shredded(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**one, "at": _kst(datetime.fromisoformat(one["at"]))} for one in found]


def _kst(at: datetime) -> str:
    return at.astimezone(KST).isoformat(timespec="seconds")
