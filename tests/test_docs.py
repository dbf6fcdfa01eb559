"""Whatever exists in the code is in the documentation: routes, settings, commands, contract columns, tables."""

import json
import re
from pathlib import Path

import click
import pytest

from entry_service import create_app
from entry_service.settings import SETTINGS

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def words(name: str) -> set[str]:
    """Return everything the document names in code style."""
    return set(re.findall(r"`([^`\n]+)`", (DOCS / name).read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def routes(tmp_path_factory) -> set[str]:
    app = create_app.routes_only(tmp_path_factory.mktemp("var")) if hasattr(create_app, "routes_only") else None
    assert app is not None
    return {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"}


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
