"""Who answered the six questions of a facility's risk when, and from which sum the risk is high."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from entry_service.core.risk import ITEMS, Answers, Thresholds

from ..schema.rollout_tables import risk_scores, risk_thresholds
from ..schema.tables import accounts, facilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The answers for a facility at one time; ``login`` is who gave them."""

    answers: Answers
    scored_at: datetime
    login: str


def add(db: Connection, facility_id: str, answers: Answers, *, by: str, now: datetime) -> None:
    """Keep new answers, and their sum as the facility's score."""
    told = {"facility_id": facility_id, "scored_by": by, "scored_at": now}
    db.execute(insert(risk_scores).values(**told, **asdict(answers)))
    db.execute(update(facilities).where(facilities.c.facility_id == facility_id).values(risk_score=answers.score))


def history(db: Connection, facility_id: str, limit: int) -> list[Scored]:
    """Return the answers for a facility, the newest first."""
    query = (
        select(risk_scores, accounts.c.login)
        .join(accounts, accounts.c.account_id == risk_scores.c.scored_by)
        .where(risk_scores.c.facility_id == facility_id)
        .order_by(risk_scores.c.score_id.desc())
        .limit(limit)
    )
    return [
        Scored(
            answers=Answers(**{item: row._mapping[item] for item in ITEMS}),
            scored_at=row.scored_at,
            login=row.login,
        )
        for row in db.execute(query)
    ]


def scored(db: Connection) -> set[str]:
    """Return the identifiers of the facilities whose score was computed from answers."""
    return set(db.execute(select(risk_scores.c.facility_id).distinct()).scalars())


def sums(db: Connection) -> dict[int | None, int]:
    """Return score → how many facilities have it; None: those without a score."""
    query = select(facilities.c.risk_score, func.count()).group_by(facilities.c.risk_score)
    return {row[0]: row[1] for row in db.execute(query)}


def thresholds(db: Connection) -> Thresholds:
    """Return the limits that hold; our proposal where nobody has set any."""
    return next(iter(threshold_history(db, 1)), Thresholds())


def threshold_history(db: Connection, limit: int) -> list[Thresholds]:
    """Return the limits that were set, the newest first; ``set_by`` is the login."""
    query = (
        select(
            risk_thresholds.c.high_from,
            risk_thresholds.c.medium_from,
            risk_thresholds.c.since,
            accounts.c.login.label("set_by"),
        )
        .join(accounts, accounts.c.account_id == risk_thresholds.c.set_by)
        .order_by(risk_thresholds.c.threshold_id.desc())
        .limit(limit)
    )
    return [Thresholds(**row._mapping) for row in db.execute(query)]


def set_thresholds(db: Connection, high_from: int, medium_from: int, *, by: str, now: datetime) -> None:
    """Let other limits hold from now on."""
    values = {"high_from": high_from, "medium_from": medium_from, "set_by": by, "since": now}
    db.execute(insert(risk_thresholds).values(**values))


def without_score(db: Connection, limit: int) -> Sequence[tuple[str, str]]:
    """Return identifier and name of facilities that nobody has scored, at most ``limit``; no sensitive ones."""
    query = select(facilities.c.facility_id, facilities.c.name).where(_unscored(sensitive=False))
    return [(row[0], row[1]) for row in db.execute(query.order_by(facilities.c.facility_id).limit(limit))]


def sensitive_without_score(db: Connection) -> int:
    """Return how many sensitive facilities nobody has scored."""
    query = select(func.count()).select_from(facilities).where(_unscored(sensitive=True))
    return db.execute(query).scalar_one()


def _unscored(*, sensitive: bool):
    return facilities.c.risk_score.is_(None) & (facilities.c.sensitive == sensitive)
