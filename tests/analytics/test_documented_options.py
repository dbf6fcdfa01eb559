"""Every option of every command of the analytics is in the documents that name the command."""

import re
from pathlib import Path

import click
import pytest

from analytics.commands import main

DOCS = Path(__file__).resolve().parents[2] / "docs"
COMMANDS = sorted(main.commands.items())


def pages(command: str) -> str:
    """Return the documents that show how the command is called, as one text."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))]
    return "\n".join(text for text in texts if re.search(rf"python -m analytics {re.escape(command)}\b", text))


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_option_is_documented(name: str, command: click.Command):
    told = set(re.findall(r"`(--[a-z-]+)", pages(name)))
    asked = {
        option for parameter in command.params if isinstance(parameter, click.Option) for option in parameter.opts
    }
    assert asked - told == set()


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_and_option_says_what_it_does(name: str, command: click.Command):
    assert command.help
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not option.help] == []
