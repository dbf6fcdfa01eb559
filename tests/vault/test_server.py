"""The vault's process answers its user and group alone, whatever arrives, and leaves nothing behind it."""

import os
import shutil
import socket
import stat
import struct
import tempfile
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from entry_service.core.errors import Unavailable
from entry_service.core.retention import first_kept_day
from entry_service.core.times import kst_day
from entry_service.vault import wire
from entry_service.vault.remote import RemoteVault
from entry_service.vault.server import SocketUnsafe, VaultInUse, VaultServer
from tests.vault.conftest import CANARY, DAY, pid

from .apart import VaultProcess

NOW = datetime(2020, 8, 25, 3, 0, tzinfo=UTC)


@pytest.fixture
def apart(databases):
    """Return a vault's process on SQLite, not started."""
    process = VaultProcess(databases.new("sqlite", "vault"))
    yield process
    process.close()


@pytest.fixture
def served(vault):
    """Return a function that serves an opened vault from a thread, by a clock that stands."""
    ended = []

    def serve(**options: object) -> tuple[VaultServer, RemoteVault]:
        path = Path(tempfile.mkdtemp(prefix="vault-")) / "vault.sock"
        server = VaultServer(path, **options)
        thread = threading.Thread(target=server.serve, args=(vault,))
        thread.start()
        server.thread, remote = thread, RemoteVault(path)
        ended.append((server, thread, remote, path))
        return server, remote

    yield serve
    for server, thread, remote, path in ended:
        remote.close()
        server.stop()
        thread.join(30)
        server.__exit__()
        shutil.rmtree(path.parent)


def ask(path: Path, raw: bytes) -> bytes:
    """Send bytes and return what comes back until the end, or until nothing comes any more."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.settimeout(5)
        door.connect(str(path))
        door.sendall(raw)
        door.shutdown(socket.SHUT_WR)
        parts = []
        with suppress(ConnectionResetError):  # closed before everything was read
            while part := door.recv(1 << 16):
                parts.append(part)
    return b"".join(parts)


def answer(path: Path, message: object) -> dict:
    raw = ask(path, wire.pack(message))
    return wire.msgspec.msgpack.decode(raw[4:])


def answers_to(path: Path, user: int, group: int, groups: list[int]) -> bool:
    """Say whether a process of this user and these groups gets an answer."""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups(groups)
            os.setgid(group)
            os.setuid(user)
            got = ask(path, wire.pack({"call": "public_key", "with": {"day": "2020-08-25"}}))
            os._exit(0 if b"value" in got else 1)
        except OSError:  # turned away before anything was said
            os._exit(1)
        finally:
            os._exit(2)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, 1}
    return status == 0


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_socket_is_for_user_and_group_in_a_folder_that_only_they_may_enter(apart):
    apart.start()
    assert (mode(apart.socket), mode(apart.socket.parent)) == (0o660, 0o750)
    assert apart.stop() == 0
    assert not apart.socket.exists()


def test_a_socket_of_a_killed_vault_is_no_hindrance_and_a_second_vault_is_refused(apart):
    apart.start()
    apart.kill()
    assert apart.socket.is_socket()
    apart.start()
    second = apart.command("vault", "serve")
    assert second.returncode == 1
    assert "다른 금고 프로세스가 이미 실행 중입니다." in second.stderr
    assert "Traceback" not in second.stderr
    assert apart.remote().public_key(DAY)  # and the first goes on


def test_a_folder_open_to_others_or_another_file_in_the_place_is_refused(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    for unsafe in (0o755, 0o770, 0o751):
        folder.chmod(unsafe)
        with pytest.raises(SocketUnsafe):
            VaultServer(folder / "vault.sock")
    folder.chmod(0o750)
    (folder / "vault.sock").write_text("notes")
    with pytest.raises(SocketUnsafe):
        VaultServer(folder / "vault.sock")
    assert (folder / "vault.sock").read_text() == "notes"
    with VaultServer(folder / "other.sock"), pytest.raises(VaultInUse):
        VaultServer(folder / "other.sock")
    VaultServer(folder / "other.sock").__exit__()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can call as somebody else")
def test_a_stranger_who_reaches_the_socket_is_turned_away_and_the_group_is_not(served):
    server, remote = served()
    path = remote._connections._path
    os.chown(path, 0, 4321)
    server._group = 4321
    path.parent.chmod(0o755)  # whoever widens folder and socket by hand still opens them to nobody else
    path.chmod(0o666)

    nobody = 65534
    assert not answers_to(path, nobody, nobody, [])
    assert not answers_to(path, nobody, nobody, [4322])
    assert answers_to(path, nobody, nobody, [4321])
    assert answers_to(path, nobody, 4321, [])
    assert answers_to(path, 0, 0, [])  # the vault's own user


def test_what_is_not_in_the_table_is_not_done(served):
    _, remote = served()
    path = remote._connections._path
    names = (
        "index_key",
        "open_contacts",
        "ring",
        "store",
        "ring.get",
        "close",
        "_day_key",
        "cards._hash",
        "",
        None,
    )
    for name in names:
        assert answer(path, {"call": name, "with": {"day": "2020-08-25"}}) == {"failed": True}
        assert not hasattr(remote, str(name)) or name == "close"  # which ends our own connections
    assert remote.public_key(DAY)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"call": "deposit"},
        {"call": "deposit", "with": []},
        {"call": "deposit", "with": {"day": "2020-08-25", "pid": b"12345678"}},
        {"call": "deposit", "with": {"day": "2020-08-25", "pid": "12345678", "record": b""}},
        {"call": "deposit", "with": {"day": 7, "pid": b"12345678", "record": b""}},
        {"call": "group", "with": {"passes": [["2020-08-25", b"1", 2]]}},
        {"call": "public_key", "with": {"self": 1, "day": "2020-08-25"}},
    ],
)
def test_a_call_of_another_form_fails_without_a_word_and_the_next_is_served(served, message):
    _, remote = served()
    assert answer(remote._connections._path, message) == {"failed": True}
    assert remote.public_key(DAY)


def test_whatever_arrives_the_vault_goes_on(served):
    _, remote = served()
    path = remote._connections._path
    long = struct.pack(">I", wire.LONGEST + 1)
    for raw in (b"", b"\x00", bytes(4), b"GET / HTTP/1.1\r\n\r\n", long, b"\xff" * 4096, bytes(range(256)) * 64):
        assert ask(path, raw) == b""
    assert remote.public_key(DAY)


def test_callers_beyond_the_limit_are_turned_away_and_nobody_holds_a_place_with_half_a_frame(served, monkeypatch):
    _, remote = served()
    path = remote._connections._path
    monkeypatch.setattr("entry_service.vault.server.MOST_CONNECTIONS", 1)
    monkeypatch.setattr("entry_service.vault.server.MID_FRAME_SECONDS", 2.0)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as slow:
        slow.settimeout(10)
        slow.connect(str(path))
        slow.sendall(b"\x00")
        with pytest.raises(Unavailable):
            remote.public_key(DAY)
        assert slow.recv(1) == b""
    deadline = time.monotonic() + 10
    while not remote.answers():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_now_that_is_not_is_refused_so_that_no_code_lasts(served):
    clock = [NOW]
    _, remote = served(clock=lambda: clock[0])
    hour = timedelta(hours=1)
    remote.verification.begin("+821000001234", NOW)
    for wrong in (NOW - hour, NOW + hour):
        with pytest.raises(Unavailable) as refused:
            remote.verification.begin("+821000001234", wrong)
        assert refused.value.facts == {"reason": "clock"}
    clock[0] += hour
    remote.verification.begin("+821000001234", NOW + hour)


def test_a_day_is_destroyed_only_when_it_is_due_by_the_vault_s_own_clock(served, vault):
    _, remote = served(clock=lambda: NOW, retention_days=28)
    first_kept = first_kept_day(NOW, 28)
    for day in (kst_day(NOW), first_kept):
        remote.public_key(day)
        with pytest.raises(Unavailable):
            remote.destroy_key(day, NOW)
    with pytest.raises(Unavailable):
        remote.destroy_key(first_kept - timedelta(days=1), NOW + timedelta(days=1))
    assert remote.days() == [first_kept, kst_day(NOW)]
    remote.public_key(first_kept - timedelta(days=1))
    remote.destroy_key(first_kept - timedelta(days=1), NOW - timedelta(days=2))  # late is no harm
    assert remote.days() == [first_kept, kst_day(NOW)]


def test_what_was_begun_is_answered_before_the_stop(served, vault, monkeypatch):
    server, remote = served()
    remote.public_key(DAY)
    began, ended, deposit = threading.Event(), threading.Event(), vault.deposit

    def slow(day, pid, record):
        began.set()
        time.sleep(0.5)
        ended.set()
        return deposit(day, pid, record)

    monkeypatch.setattr(vault, "deposit", slow)
    answers = []
    caller = threading.Thread(target=lambda: answers.append(remote.deposit(DAY, pid(1), CANARY)))
    caller.start()
    began.wait(10)
    server.stop()
    server.thread.join(30)
    assert ended.is_set()  # else the vault would be closed under it
    caller.join(10)
    assert answers == ["accepted"]


def test_no_line_holds_what_was_asked(apart):
    apart.start()
    remote = apart.remote()
    remote.deposit(DAY, pid(1), CANARY)
    with pytest.raises(Unavailable):  # no pass at all
        remote.deposit(DAY, CANARY.name, CANARY)
    remote.verification.begin(CANARY.phone, NOW)
    ask(apart.socket, CANARY.name.encode() * 50)
    assert apart.stop() == 0
    lines = apart.lines()
    assert '"event": "started"' in lines
    assert '"event": "stopped"' in lines
    assert [text for text in (CANARY.name, CANARY.phone, "1234", "카나리아", "Traceback") if text in lines] == []


def test_without_a_place_for_the_socket_or_a_database_it_says_what_to_do(databases):
    process = VaultProcess(databases.new("sqlite", "empty"))
    try:
        refused = process.command("vault", "serve")
        assert refused.returncode == 1
        assert "migrate --vault" in refused.stderr
        process.environment["ENTRY_VAULT_SOCKET"] = ""
        refused = process.command("vault", "serve")
        assert refused.returncode == 1
        assert "ENTRY_VAULT_SOCKET" in refused.stderr
    finally:
        process.close()
