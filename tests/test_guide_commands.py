"""The commands of the guide for operations, as they stand in it and in its order, beside a service that runs."""

import html
import os
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from entry_service import clock
from entry_service.cli import main
from entry_service.services import Services, open_services
from entry_service.settings import read_settings
from entry_service.store.sites import accounts
from entry_service.upkeep import backups

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "entry_service" / "web" / "templates" / "guides" / "operations.html"
BLOCK = re.compile(r"<pre[^>]*>(.*?)</pre>", re.DOTALL)
SAID = {  # what each prints where it did its work
    "migrate": "준비되었습니다",
    "account add": "계정을 만들었습니다: cityhall.admin (admin)",
    "doctor": "두 저장소에서 모두 열립니다",
    "backup make": "log: log.sqlite",
    "backup verify": "vault: vault.sqlite",
    "backup restore": "다시 파기한 날",
    "purge --dry-run": "아무것도 바꾸지 않았습니다",
    "receipt list": "",
    "account reset-factor": "2단계 인증을 초기화했습니다: cityhall.admin",
    "vault keys": "",
    "vault keys --repair": "",
}
PASSWORD = "안내를 시험하는 긴 암호 하나"


class Host:
    """A host with its disks below a folder, on which one line after the other is typed."""

    def __init__(self, home: Path, monkeypatch) -> None:
        self.home, self.monkeypatch = home, monkeypatch
        self.service: Services | None = None
        self.done: list[str] = []
        self.settle("var")

    def settle(self, name: str) -> None:
        """Make the folders of this name the ones that commands use."""
        for setting, folder in {"VAR": name, "KEY_COPY": f"{name}-keys2", "AUDIT_COPY": f"{name}-audit2"}.items():
            self.monkeypatch.setenv(f"ENTRY_{setting}", str(self.home / folder))

    def start(self) -> None:
        self.service = open_services(read_settings(), clock.now())

    def stop(self) -> None:
        if self.service is not None:
            self.service.close()
        self.service = None

    def type(self, line: str) -> None:
        """Do what a line of the guide says."""
        if line.startswith("systemctl "):
            {"systemctl stop entry-log": self.stop, "systemctl start entry-log": self.start}[line]()
            return
        words = line.replace("/var/backups/entry-log", str(self.home / "backups")).split()[1:]
        name = max((name for name in SAID if " ".join(words).startswith(name)), key=len)
        if words[-1].endswith("…"):
            [folder] = backups.whole(self.home / "backups")
            words[-1] = str(folder.folder)
        words = ["cityhall.admin" if word == "LOGIN" else word for word in words]
        if name == "backup restore":
            self.restored(words)
        else:
            self.told(name, CliRunner().invoke(main, words, input=f"{PASSWORD}\n{PASSWORD}\n"))

    def restored(self, words: list[str]) -> None:
        """Put the backup into a new host, to which the escrow, the second store and the second place came."""
        lost = lambda *_: ["days", "cases", "subjects", "requests"]  # noqa: E731
        shutil.copytree(self.home / "var" / "keys", self.home / "new" / "keys", ignore=lost)
        for disk in ("keys2", "audit2"):
            shutil.copytree(self.home / f"var-{disk}", self.home / f"new-{disk}")
        self.settle("new")
        self.told("backup restore", CliRunner().invoke(main, words))
        self.told("account list", CliRunner().invoke(main, ["account", "list"]), "cityhall.admin")
        self.settle("var")

    def told(self, name: str, result: Result, said: str | None = None) -> None:
        may = {0, 1} if name == "doctor" else {0}  # it finds what this host lacks
        assert result.exit_code in may, (name, result.output)
        assert (SAID[name] if said is None else said) in result.stdout, (name, result.output)
        self.done.append(name)


@pytest.fixture
def host(tmp_path, monkeypatch):
    before = os.umask(0o077)
    made = Host(tmp_path, monkeypatch)
    yield made
    made.stop()
    os.umask(before)


def test_every_command_of_the_guide_does_what_the_guide_says_as_it_says_it(host):
    text = GUIDE.read_text(encoding="utf-8")
    lines = [html.unescape(line) for block in BLOCK.findall(text) for line in block.splitlines()]
    assert lines[0] == "python3.11 entry-log-*/install.py"  # tests/deploy/test_dist.py does that
    for line in lines[1:]:
        host.type(line)
        if line.startswith("entry-log account add"):
            host.start()  # from here on the service runs, unless the guide stops it
    assert set(SAID) <= set(host.done)
    with host.service.store.read() as db:
        assert accounts.by_login(db, "cityhall.admin").role == "admin"
