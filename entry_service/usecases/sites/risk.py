"""Score the risk of a facility by the six official questions, and set from which sum it is high. Each is kept."""

from datetime import datetime

from sqlalchemy import Connection

from entry_service.core.actors import Actor
from entry_service.core.facility_rows import Problem
from entry_service.core.risk import Answers
from entry_service.core.risk_rows import ReadScores, read_score_rows
from entry_service.services import Services
from entry_service.sheet_reader import TableUnreadable, read_table
from entry_service.store.database.engine import one_at_a_time
from entry_service.store.sites import facilities, risk_scores

from .import_facilities import FileRefused


def score_facility(services: Services, facility_id: str, answers: Answers, *, by: str, now: datetime) -> int:
    """Keep new answers for a facility and return their sum, which is its score everywhere; raise ``NotFound``."""

    def write(db: Connection) -> None:
        one_at_a_time(db, b"facility|" + facility_id.encode())
        facilities.get(db, facility_id)
        risk_scores.add(db, facility_id, answers, by=by, now=now)

    services.store.write(write)
    services.forget_facilities()
    return answers.score


def score_file(services: Services, content: bytes, *, by: str, now: datetime) -> int:
    """Keep the answers of a CSV or XLSX file, for all its facilities or for none; return how many they are.

    Raises ``FileRefused`` with everything that is wrong, row by row.
    """
    try:
        table = [(row.number, row.cells) for row in read_table(content)] or [(1, ())]
    except TableUnreadable as wrong:
        told = Problem(row=wrong.facts.get("row", 1), column="", found="", what=wrong.sentence, mend="")
        raise FileRefused((told,)) from wrong
    head, *rows = table

    def write(db: Connection) -> ReadScores:
        read = read_score_rows(head, rows, {one.facility_id for one in facilities.all(db)})
        if read.problems:
            raise FileRefused(read.problems)
        for facility_id, answers in read.answers.items():
            risk_scores.add(db, facility_id, answers, by=by, now=now)
        return read

    taken = services.store.write(write)
    services.forget_facilities()
    return len(taken.answers)


def set_thresholds(services: Services, high_from: int, medium_from: int, *, by: Actor, now: datetime) -> None:
    """Let other limits hold from now on; written into the audit first, else ``AuditUnavailable``."""
    services.vault.audit.append("risk_limits_set", by, now=now, outcome=f"high_{high_from}_medium_{medium_from}")
    services.store.write(
        lambda db: risk_scores.set_thresholds(db, high_from, medium_from, by=by.account_id, now=now)
    )
