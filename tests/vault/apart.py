"""A vault in a process of its own, as `vault serve` runs it: for the tests of whoever works with one."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from entry_service.services import open_own_vault
from entry_service.settings import Settings
from entry_service.vault.key_ring import KeyRing
from entry_service.vault.remote import RemoteVault
from entry_service.vault.server import VaultServer

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START, SECONDS_TO_STOP = 60, 45


def is_listening(path: Path) -> bool:
    """Say whether something listens at the socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


class VaultProcess:
    """Starts, kills and stops `python -m entry_service vault serve` on one database and one folder of keys."""

    def __init__(self, url: str, **environment: str) -> None:
        """Know where everything is; the folder is short, because the path of a socket has 107 bytes."""
        self.folder = Path(tempfile.mkdtemp(prefix="vault-"))
        self.socket = self.folder / "run" / "vault.sock"
        self.log = self.folder / "log"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ENTRY_")},
            "ENTRY_VAR": str(self.folder / "var"),
            "ENTRY_VAULT_URL": url,
            "ENTRY_VAULT_KEYS": str(self.key_dir),
            "ENTRY_VAULT_SOCKET": str(self.socket),
            "ENTRY_DEMO": "1",  # the tests' days lie in the past
            **environment,
        }
        self.process: subprocess.Popen | None = None
        self._remotes: list[RemoteVault] = []
        KeyRing.make(self.key_dir, self.folder / "var" / "key-copy")

    @property
    def key_dir(self) -> Path:
        return self.folder / "keys"

    def command(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run another command of the service with the same settings."""
        return subprocess.run(
            [sys.executable, "-m", "entry_service", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=SECONDS_TO_START,
        )  # fmt: skip

    def start(self) -> "VaultProcess":
        """Start and wait until it answers."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "entry_service", "vault", "serve"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + SECONDS_TO_START
        while not is_listening(self.socket):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the vault did not start: {self.lines()}")
            time.sleep(0.05)
        return self

    def remote(self, **options: object) -> RemoteVault:
        """Return the vault as another process sees it."""
        self._remotes.append(RemoteVault(self.socket, **options))
        return self._remotes[-1]

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(SECONDS_TO_STOP)

    def stop(self) -> int:
        """End it as systemd does; return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS_TO_STOP)

    def lines(self) -> str:
        """Return everything it wrote."""
        return self.log.read_text(encoding="utf-8")

    def close(self) -> None:
        """End it if it still runs, and remove its folder."""
        for remote in self._remotes:
            remote.close()
        if self.process is not None and self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _serve(settings: Settings) -> None:
    """Serve a vault until SIGTERM, as the command does; runs in a process of its own."""
    with VaultServer(Path(settings.vault_socket)) as server:
        signal.signal(signal.SIGTERM, lambda *_: server.stop())
        vault = open_own_vault(settings)
        try:
            server.serve(vault)
        finally:
            vault.close()


@contextmanager
def served_apart(settings: Settings, serve: Callable[[Settings], None] = _serve) -> Iterator[Settings]:
    """Serve the vault of these settings from a quickly made process; give the settings of the web side.

    ``serve`` serves until SIGTERM; a function of a module.
    """
    folder = Path(tempfile.mkdtemp(prefix="vault-"))
    folder.chmod(0o750)
    settings = replace(settings, vault_socket=str(folder / "vault.sock"))
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=serve, args=(settings,), daemon=True)
    process.start()
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not is_listening(Path(settings.vault_socket)):
            assert process.is_alive(), "the vault did not start"
            assert time.monotonic() < deadline, "the vault does not answer"
            time.sleep(0.01)
        yield settings
    finally:
        process.terminate()
        process.join(SECONDS_TO_STOP)
        assert process.exitcode == 0
        process.close()
        shutil.rmtree(folder)
