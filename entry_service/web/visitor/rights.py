"""The visitor's own records: my visits, delete me, who looked at my data.

What a day holds is shown to the phone that has that day's pass, who looked to whoever receives a one-time code.
Everything is sent in bodies and shown by the page's script: no address holds a day, a pass or a number.
"""

from datetime import date, datetime
from typing import Annotated

import msgspec
from flask import Blueprint, render_template
from msgspec import Meta

from entry_service.core.contacts import normalise_phone
from entry_service.usecases.retention.own_days import ProofRefused, delete_own, own_days, who_looked
from entry_service.vault.audit import AuditUnavailable
from entry_service.vault.verification import CodeRefused

from ..api.openapi import Body, operation
from ..frame.access import public
from ..frame.context import now, services, settings
from .pass_api import Typed, VerificationOff

MOST_PROOFS = 60  # passes in one request: four weeks of two people
blueprint = Blueprint("rights", __name__)

Proof = Annotated[
    str, Meta(min_length=153, max_length=153, description="the last code of a day's pass, as a QR holds it")
]


class Proofs(Body, frozen=True):
    """The passes that the phone has: for each the last code of its day, which no door has seen."""

    proofs: Annotated[list[Proof], Meta(min_length=1, max_length=MOST_PROOFS)]


class VisitTold(msgspec.Struct, frozen=True):
    """One visit; without ``left_at`` nobody saw the visitor leave. ``held``: doubted, and not decided yet."""

    facility_id: str
    facility_name: str
    entered_at: datetime
    left_at: datetime | None
    party_size: int
    held: bool


class DayTold(msgspec.Struct, frozen=True):
    """What is kept of one pass; ``destroyed``: its day is over for good."""

    day: date
    visits: list[VisitTold]
    destroyed: bool


class DaysTold(msgspec.Struct, frozen=True):
    """One entry for each proof, in the order sent."""

    days: list[DayTold]


class Deleted(msgspec.Struct, frozen=True):
    """How many contacts were deleted; one that was deleted before, or whose day is destroyed, counts no more."""

    deleted: int


class WhoAsks(Body, frozen=True):
    """A number and the one-time code that was just sent to it."""

    verification_id: Annotated[str, Meta(max_length=40)]
    phone: Typed
    code: Annotated[str, Meta(max_length=12)]


class LookTold(msgspec.Struct, frozen=True):
    """One look: the day, what was done, why, by which role. Never which person of the authority."""

    day: date
    action: str
    purpose: str
    role: str


class LooksTold(msgspec.Struct, frozen=True):
    """Every look of the last two years, the newest first."""

    looks: list[LookTold]


@blueprint.get("/my")
@public
def page() -> str:
    """Show the page; what it lists comes from the phone itself and the operations below."""
    return render_template("visitor/my.html", may_verify=settings().sms != "off")


@operation(
    blueprint,
    "POST",
    "/api/v1/my/visits",
    summary="Tell a phone what is kept of its own passes",
    auth="none",
    body=Proofs,
    answer=DaysTold,
    errors=[ProofRefused],
    limited=True,
)
def my_visits(body: Proofs) -> DaysTold:
    """Return the visits of each proven pass."""
    days = []
    for one in own_days(services(), body.proofs):
        visits = [
            VisitTold(
                facility_id=visit.facility_id,
                facility_name=visit.facility_name,
                entered_at=visit.entered_at,
                left_at=visit.left_at,
                party_size=visit.party_size,
                held=visit.held,
            )
            for visit in one.visits
        ]
        days.append(DayTold(one.day, visits, one.destroyed))
    return DaysTold(days)


@operation(
    blueprint,
    "POST",
    "/api/v1/my/deletions",
    summary="Delete the contact behind a phone's own passes",
    auth="none",
    body=Proofs,
    answer=Deleted,
    errors=[ProofRefused, AuditUnavailable],
    limited=True,
)
def delete_me(body: Proofs) -> Deleted:
    """Delete name and number of each proven pass; the visits stay as counts of nobody."""
    return Deleted(delete_own(services(), body.proofs, now=now()))


@operation(
    blueprint,
    "POST",
    "/api/v1/my/looks",
    summary="Tell the owner of a number who looked at it",
    auth="none",
    body=WhoAsks,
    answer=LooksTold,
    errors=[CodeRefused, VerificationOff, AuditUnavailable],
    limited=True,
)
def looks(body: WhoAsks) -> LooksTold:
    """Return the looks at whoever has this number, on proof by the code."""
    if settings().sms == "off":
        raise VerificationOff
    phone = normalise_phone(body.phone)
    found = who_looked(services(), body.verification_id, phone, body.code.strip(), now=now())
    return LooksTold([LookTold(look.day, look.action, look.purpose, look.role) for look in found])
