"""Whatever exists in the code is in the documentation: routes, settings, commands, contract columns, tables."""

import json
import re
from pathlib import Path

import click
import pytest
from flask import Flask

from entry_service import create_app
from entry_service.core.errors import BadInput
from entry_service.settings import SETTINGS, Settings
from entry_service.store.schema import tables as log_tables
from entry_service.vault import tables as vault_tables
from entry_service.web.frame.errors import refuse

from .web.routes import documented

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def words(name: str) -> set[str]:
    """Return everything the document names in code style."""
    return set(re.findall(r"`([^`\n]+)`", (DOCS / name).read_text(encoding="utf-8")))


def rows(name: str, heading: str) -> list[tuple[str, ...]]:
    """Return the rows of the first table below a heading, cells without their marks."""
    section = (DOCS / name).read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]
    return [tuple(cell.strip().strip("`").replace("\\|", "|") for cell in line) for line in cells]


@pytest.fixture(scope="module")
def app(tmp_path_factory) -> Flask:
    """Return the service without any data: its routes are declared, nothing is opened."""
    return create_app(Settings(var=tmp_path_factory.mktemp("var"), demo=True))


@pytest.fixture(scope="module")
def routes(app) -> dict[str, str]:
    """Return ``METHOD /path`` → whom it is open to, for every route."""
    return {
        f"{method} {documented(rule.rule)}": app.view_functions[rule.endpoint].access.text
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_documented_with_whom_it_is_open_to_and_nothing_else(routes):
    told = [*rows("api.md", "Operations"), *rows("api.md", "Pages")]
    assert {route: access for route, access, _ in told} == routes
    assert len(told) == len(routes)
    assert all(words for _, _, words in told)


def test_the_operations_in_the_document_are_those_of_openapi(app):
    paths = app.test_client().get("/api/v1/openapi.json").json["paths"]
    described = {
        f"{method.upper()} {path}": one["summary"]
        for path, methods in paths.items()
        for method, one in methods.items()
    }
    assert {route: summary for route, _, summary in rows("api.md", "Operations")} == described


def test_the_error_in_the_document_is_what_the_service_answers(app):
    shown = json.loads(re.search(r"```json\n(.*?)```", (DOCS / "api.md").read_text(encoding="utf-8"), re.S)[1])
    with app.test_request_context("/api/v1/facilities"):
        answered = refuse(BadInput(field="q")).json
    assert {**answered, "title": shown["title"]} == shown  # the phrase of 422 changed between versions of Python


def test_what_a_log_line_may_hold_is_documented(app):
    held = {"at", "level", "event", "method", "route", "status", "code", "ms", "kind", "where", "folder"}
    told = [name for cell, _ in rows("privacy.md", "Log lines") for name in re.findall(r"\w+", cell)]
    assert set(told) == held
    facts = set()
    for path in (ROOT / "entry_service" / "web").rglob("*.py"):
        for found in re.findall(r"facts = \{([^}]*)\}", path.read_text(encoding="utf-8")):
            facts |= set(re.findall(r'"(\w+)":', found))
    assert facts
    assert facts <= held


def test_every_table_of_both_databases_is_in_the_privacy_document():
    told = words("privacy.md")
    assert {*log_tables.metadata.tables, *vault_tables.metadata.tables} - told - {"retention"} == set()


def test_every_setting_is_documented():
    assert {setting.name for setting in SETTINGS} - words("settings.md") == set()


def test_every_command_is_documented():
    from entry_service.cli import main

    def commands(group: click.Group, prefix: str = "") -> set[str]:
        found = set()
        for name, command in group.commands.items():
            path = f"{prefix} {name}".strip()
            found |= commands(command, path) if isinstance(command, click.Group) else {path}
        return found

    text = " ".join(path.read_text(encoding="utf-8") for path in DOCS.glob("*.md"))
    assert [name for name in commands(main) if not re.search(rf"entry_service {name}\b", text)] == []


def test_every_contract_column_of_the_results_is_documented():
    tables = json.loads((ROOT / "contract" / "results.json").read_text(encoding="utf-8"))["tables"]
    columns = {field["name"] for table in tables.values() for field in table["schema"]["fields"]}
    assert columns - words("analytics.md") == set()


def test_every_column_of_the_extract_is_in_the_privacy_document():
    tables = json.loads((ROOT / "contract" / "extract.json").read_text(encoding="utf-8"))["tables"]
    columns = {field["name"] for table in tables.values() for field in table["schema"]["fields"]}
    assert columns - words("privacy.md") == set()


def test_documents_link_only_to_files_that_exist():
    broken = []
    for page in [ROOT / "README.md", ROOT / "contract" / "README.md", *DOCS.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.name} → {target}")
    assert broken == []
