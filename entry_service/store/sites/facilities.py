"""The register of facilities."""

import dataclasses

from sqlalchemy import Connection, false, func, insert, or_, select, update

from entry_service.core.errors import NotFound
from entry_service.core.model import Facility

from ..schema.rollout_tables import risk_scores
from ..schema.tables import facilities


def add(db: Connection, facility: Facility) -> None:
    """Register a facility; the identifier must be new."""
    db.execute(insert(facilities).values(**dataclasses.asdict(facility)))


def add_many(db: Connection, many: list[Facility]) -> None:
    """Register many facilities at once."""
    if many:
        db.execute(insert(facilities), [dataclasses.asdict(facility) for facility in many])


def get(db: Connection, facility_id: str) -> Facility:
    """Return the facility, or raise ``NotFound``."""
    row = db.execute(select(facilities).where(facilities.c.facility_id == facility_id)).first()
    if row is None:
        raise NotFound(what="facility")
    return Facility(**row._mapping)


def is_known(db: Connection, facility_id: str) -> bool:
    """Say whether the identifier is taken."""
    found = db.execute(select(facilities.c.facility_id).where(facilities.c.facility_id == facility_id))
    return found.first() is not None


def by_call_number(db: Connection, digits: str) -> Facility | None:
    """Return the facility that visitors are logged at by calling the number."""
    row = db.execute(select(facilities).where(facilities.c.call_number == digits)).first()
    return None if row is None else Facility(**row._mapping)


def with_call_number(db: Connection) -> list[Facility]:
    """Return the facilities that can be called, by their number."""
    query = select(facilities).where(facilities.c.call_number.is_not(None)).order_by(facilities.c.call_number)
    return [Facility(**row._mapping) for row in db.execute(query)]


def all(db: Connection) -> list[Facility]:
    """Return every facility, by identifier."""
    return [Facility(**row._mapping) for row in db.execute(select(facilities).order_by(facilities.c.facility_id))]


def search(db: Connection, text: str, limit: int) -> list[Facility]:
    """Return facilities whose identifier or name contains the text, spaces and case aside, at most ``limit``.

    A sensitive facility is listed to nobody: it is found by its whole name or identifier only.
    """
    wanted = text.replace(" ", "").lower()
    known_by = (facilities.c.name, facilities.c.facility_id)
    columns = [func.lower(func.replace(column, " ", "")) for column in known_by]
    whole = or_(*(column == wanted for column in columns))
    part = or_(*(column.contains(wanted, autoescape=True) for column in columns))
    found = select(facilities).where(or_(whole, part & (facilities.c.sensitive == false())))
    by_fit = found.order_by(whole.desc(), facilities.c.name, facilities.c.facility_id).limit(limit)
    return [Facility(**row._mapping) for row in db.execute(by_fit)]


def forget_call_numbers(db: Connection, facility_ids: list[str]) -> None:
    """Take the telephone numbers of these facilities away."""
    for start in range(0, len(facility_ids), 1_000):
        some = facilities.c.facility_id.in_(facility_ids[start : start + 1_000])
        db.execute(update(facilities).where(some, facilities.c.call_number.is_not(None)).values(call_number=None))


def update_facility(db: Connection, facility: Facility) -> None:
    """Replace the facility's columns, but for the score of one that was scored; or raise ``NotFound``."""
    values = dataclasses.asdict(facility)
    same = facilities.c.facility_id == values.pop("facility_id")
    score = values.pop("risk_score")
    if db.execute(update(facilities).where(same).values(**values)).rowcount != 1:
        raise NotFound(what="facility")
    # apart, once the row is ours: whoever scored it meanwhile is seen only by a statement that begins after that
    scored = select(risk_scores.c.facility_id).where(risk_scores.c.facility_id == facility.facility_id).exists()
    db.execute(update(facilities).where(same, ~scored).values(risk_score=score))
