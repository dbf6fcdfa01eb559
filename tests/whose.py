"""What belongs to whom: which answer, file and row may hold what. Everything else is a leak."""

import re
from collections.abc import Iterator

from .canaries import Net, in_cookie
from .hunting import Place
from .recording import Answer

CONTACT = {"name", "phone", "safety code", "residence"}
TAKEN_ALONG = {*CONTACT, "case number"} - {"name"}  # a list that leaves the service names nobody
OWN_FORM = re.compile(  # pages that show again what the same request brought, where it was refused
    r"/[Ee]/|/cards$|/officer/cases$|/officer/places/\d+$|/officer/message$|/approver/[0-9a-f]+$"
)
MAY_HOLD = (  # address, and what an answer from there may hold
    (r"/api/v1/passes", {"pid"}),  # to the phone that made it
    (r"/api/v1/verifications/[^/]+/confirm", {"certificate", "phone"}),  # its own number, signed
    (r"/simulator/sms", {"code"}),
    (r"/officer/cases/[0-9a-f]+/contacts", {*CONTACT, "case number"}),
    (r"/officer/cases/[0-9a-f]+/contacts(\.xlsx|\.csv|/print)", TAKEN_ALONG),
    (r"/officer/cases(/[0-9a-f]+(/disclosures|/places|/phone)?)?", {"case number"}),
    (r"/officer/places/new|/approver(/[0-9a-f]+)?", {"case number"}),
)
IN_A_LOG = {"pid", "case number"}  # what the entry log is made of
DATABASES = {"log.sqlite": IN_A_LOG, "vault.sqlite": {"pid"}}
ROWS_WITH_PID = {"scans", "short_codes", "case_passes", "records", "disclosure_passes", "card_days"}


def leaks_of(answer: Answer, net: Net) -> Iterator[tuple[str, set[str]]]:
    """Give the parts of an answer that hold more than they may, with what that is."""
    own = net.found(answer.sent) if OWN_FORM.search(answer.path) else set()
    may = own.union(*(kinds for path, kinds in MAY_HOLD if re.fullmatch(path, answer.path)))
    parts = [("body", net.found(answer.body) - may), ("headers", net.found(answer.told))]
    parts += [("cookie", net.found(in_cookie(value))) for value in answer.cookies("form")]
    yield from ((part, found) for part, found in parts if found)


def leak_of_file(place: Place, net: Net) -> set[str]:
    """Return what a file holds that it may not; one of PostgreSQL is of both databases."""
    name, content = place
    last = re.sub("-(wal|shm)$", "", name.rpartition("/")[2])
    return net.found(content) - (IN_A_LOG if name.startswith("postgresql/") else DATABASES.get(last, set()))


def leak_of_row(place: Place, net: Net) -> set[str]:
    """Return what a row holds that it may not."""
    table = place[0].removeprefix("row of ")
    may = {"pid"} if table in ROWS_WITH_PID else {"case number"} if table == "cases" else set()
    return net.found(place[1]) - may
