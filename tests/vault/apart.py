"""A vault in a process of its own, as `vault serve` runs it: for the tests of whoever works with one."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from entry_service.vault.key_ring import KeyRing
from entry_service.vault.remote import RemoteVault

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START, SECONDS_TO_STOP = 60, 45


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
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the vault did not start: {self.lines()}")
            time.sleep(0.05)
        return self

    def answers(self) -> bool:
        """Say whether something listens at the socket."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(self.socket))
            except OSError:
                return False
            return True

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
