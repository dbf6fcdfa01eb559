"""The guides: one sheet each, naming only buttons and commands that exist; a test does each of their tasks."""

import ast
import csv
import re
from functools import cache
from pathlib import Path

import pytest

from deploy import messages
from entry_service.cli import main

from .browser import axe_violations, desktop, phone, serving, too_wide

ROOT = Path(__file__).resolve().parents[2]
GUIDES = {"door": None, "officer": "officer", "operations": "admin"}
TASK = re.compile(r"<h2>(.+?)</h2>")
LABEL = re.compile(r"「(.+?)」")
SHEET = re.compile(rb"/Type\s*/Page\b(?!s)")
COMMAND = re.compile(r"(?:^|<pre[^>]*>)entry-log ([^<\n]+)", re.MULTILINE)


def page(person, guide: str) -> str:
    answer = person(GUIDES[guide]).get(f"/guides/{guide}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True).partition("<article")[2].partition("</article>")[0]


@cache
def written_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.fixture(scope="module")
def proofs() -> dict[str, dict[str, list[str]]]:
    """Return guide → task → the tests that do it."""
    found: dict[str, dict[str, list[str]]] = {guide: {} for guide in GUIDES}
    with (Path(__file__).parent / "guides.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["guide"]].setdefault(row["task"], []).append(row["test"])
    return found


@pytest.mark.parametrize("guide", GUIDES)
def test_every_task_is_done_by_a_test(person, proofs, guide):
    assert TASK.findall(page(person, guide)) == list(proofs[guide])
    for test in (test for tests in proofs[guide].values() for test in tests):
        file, _, name = test.partition("::")
        assert name in written_in(file), test


@pytest.mark.parametrize("guide", GUIDES)
def test_every_button_it_names_exists_under_that_name(person, guide):
    said = set(messages.ids())
    assert [label for label in LABEL.findall(page(person, guide)) if label not in said] == []


def test_every_command_it_names_exists(person):
    for line in COMMAND.findall(page(person, "operations")):
        command = main
        for word in line.split():
            if word.startswith("--"):
                assert word == "--help" or any(word in one.opts for one in command.params), line
            elif hasattr(command, "commands"):
                assert word in command.commands, line
                command = command.commands[word]


@pytest.mark.parametrize("guide", GUIDES)
@pytest.mark.parametrize("device", [phone, desktop])
def test_it_fits_the_screen_and_prints_on_one_sheet(app, person, browser, guide, device):
    with serving(app) as origin:
        tab = device(browser, origin)
        if role := GUIDES[guide]:
            session = person(role).client.get_cookie("session").value
            tab.context.add_cookies([{"name": "session", "value": session, "url": origin}])
        tab.goto(f"/guides/{guide}")
        assert not too_wide(tab)
        assert axe_violations(tab) == []
        assert tab.complaints == []
        assert len(SHEET.findall(tab.pdf(prefer_css_page_size=True))) == 1
