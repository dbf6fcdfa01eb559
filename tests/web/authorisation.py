"""Who may call what: the table ``authorisation.csv``, who its columns are, and what a call comes to in one word.

A row is an operation (method and rule of the router), a column somebody who calls it with an object of GP-001:
``own`` belongs to GP-001, ``other`` to GP-002. A cell is what must come of it: ``ok`` (whatever the view then says
to an empty form), ``login`` (led to the sign-in page), or the status of a refusal.

    python -m tests.web.authorisation

writes what is missing in the table as the views declare it, for a person to read against what was meant.
"""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from entry_service import create_app
from entry_service.settings import Settings

from .conftest import Person
from .routes import rules

TABLE = Path(__file__).with_name("authorisation.csv")
WHO = (
    *(
        "nobody",
        "visitor",
        "device own",
        "device other",
        "staff own",
        "staff other",
        "manager own",
        "manager other",
    ),
    *("officer", "approver", "auditor", "admin", "field"),
)
OTHERS = tuple(who for who in WHO if who.endswith(" other"))
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OWNED = ("<facility_id>", "<int:quarantine_id>", "<int:report_id>")  # in an address: the object has an owner
Operation = tuple[str, str]


def operations(app: Flask) -> dict[Operation, Rule]:
    """Return every operation of the service with its rule."""
    return {(method, rule.rule): rule for rule in rules(app) for method in METHODS if method in rule.methods}


def read_table() -> dict[Operation, dict[str, str]]:
    """Return the table: operation → who → cell."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["method"], row["rule"]): {who: row[who] for who in WHO} for row in rows}


def write_table(table: dict[Operation, dict[str, str]]) -> None:
    """Write the table, sorted by rule."""
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["method", "rule", *WHO])
        for method, rule in sorted(table, key=lambda operation: operation[::-1]):
            writer.writerow([method, rule, *(table[method, rule][who] for who in WHO)])


def declared(app: Flask, method: str, rule: Rule) -> dict[str, str]:
    """Return the row that the declaration of the view means."""
    access = app.view_functions[rule.endpoint].access
    owned = any(part in rule.rule for part in OWNED)
    unknown = "login" if method == "GET" and not rule.rule.startswith("/api/") else "401"

    def cell(who: str) -> str:
        kind, _, ownership = who.partition(" ")
        if access.open:
            return "ok"
        if kind in {"nobody", "visitor"} or (kind == "device" and not access.device):
            return unknown
        if kind != "device" and kind not in access.roles:
            return "403"
        return "404" if owned and ownership == "other" else "ok"

    return {who: cell(who) for who in WHO}


def plain(answer: TestResponse, path: str) -> str:
    """Return what an answer says without what is new each time: the token of the forms, and its own address."""
    said = re.sub(r'(csrf[-_]token" (?:content|value)=")[^"]+', r"\1", answer.get_data(as_text=True))
    return said.replace(path, "").replace(quote(path, safe=""), "")


def address(rule: str, values: dict[str, str | Callable[[], str]]) -> str:
    """Return the address of the rule with a value in every variable part; a function makes a fresh one."""

    def value(found: re.Match[str]) -> str:
        name = found[1].rpartition(":")[2]
        assert name in values, f"{rule}: tell tests/web/test_authorisation.py an example of {name}"
        given = values[name]
        return given() if callable(given) else given

    return re.sub(r"<([^>]+)>", value, rule)


def call(someone: Person, method: str, path: str, form: dict[str, str] | None = None) -> TestResponse:
    """Call an address with a form, as a page of ours would: with the token of the forms."""
    headers = {"Accept": "application/json" if path.startswith("/api/") else "text/html"}
    if method == "GET":
        return someone.get(path, headers=headers, buffered=True)
    if path.startswith("/api/"):
        headers["X-CSRFToken"] = someone.token()
        return someone.client.open(path, method=method, json={}, headers=headers, buffered=True)
    return someone.client.open(
        path, method=method, data={**(form or {}), "csrf_token": someone.token()}, headers=headers
    )


def outcome(answer: TestResponse) -> str:
    """Return what came of a call, in the words of the table."""
    if answer.status_code == 303 and re.match(r"/login(\?|$)", answer.headers["Location"]):
        return "login"
    return str(answer.status_code) if answer.status_code in {401, 403, 404} or answer.status_code >= 500 else "ok"


def main() -> None:
    """Add the rows that are missing, as declared; remove those whose route is gone."""
    app = create_app(Settings(demo=True, sms="simulator", secret="a secret of the tests, forty characters."))
    table, known = read_table() if TABLE.exists() else {}, operations(app)
    write_table(
        {one: table.get(one) or declared(app, one[0], rule) for one, rule in known.items()},
    )


if __name__ == "__main__":
    main()
