"""The Korean page tells the same commands as the English documents, in the same order."""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
COMMANDS = ("useradd ", "tar ", "install ", "sudo ", "cp ", "chown ", "nginx ", "systemctl ", "entry-log ")


def commands(text: str) -> list[str]:
    """Return what a person types: the commands in code style, and the blocks for a shell."""
    found = re.findall(r"```sh\n(.*?)```|`([^`\n]+)`", text, re.DOTALL)
    return [block or word for block, word in found if block or word.startswith(COMMANDS)]


def between(text: str, begin: str, end: str) -> str:
    assert (text.count(begin), end in text.partition(begin)[2]) == (1, True)
    return text.partition(begin)[2].partition(end)[0]


def test_the_korean_page_has_the_commands_of_the_english_ones_in_their_order():
    korean = (DOCS / "ko" / "install.md").read_text(encoding="utf-8")
    install = (DOCS / "install.md").read_text(encoding="utf-8")
    operations = (DOCS / "operations.md").read_text(encoding="utf-8")
    for ours, theirs in (
        (
            between(korean, "\n## 설치\n", "\n## "),
            between(install, "\n## Install\n", "\n`/opt/entry-log/current/entry-log` is"),
        ),
        (
            korean.partition("\n## 복구\n")[2],
            between(operations, "**After the loss of the host**", "\nWhere a vault is there already"),
        ),
    ):
        assert commands(theirs)
        assert commands(ours) == commands(theirs)


def test_what_systemd_runs_is_named_by_its_whole_path():
    """`systemd-run` looks for another one in the folder of whoever types it, not in `WorkingDirectory`."""
    for page in ("operations.md", "ko/install.md"):
        [block] = [text for text in commands((DOCS / page).read_text(encoding="utf-8")) if "systemd-run" in text]
        assert block.splitlines()[-1].split()[0] == "/opt/entry-log/current/.venv/bin/python"
