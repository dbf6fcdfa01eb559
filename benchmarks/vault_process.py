"""Deposits a second with the vault in the same process ÷ through the socket of a vault in a process of its own.

``python benchmarks/vault_process.py [--seconds 2] [--rounds 5]``

Two vaults on SQLite, each deposit durable before it is acknowledged. Rounds alternate, medians are compared.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from entry_service.core.errors import Unavailable
from entry_service.core.model import Contact
from entry_service.services import open_own_vault, prepare_vault
from entry_service.settings import Settings
from entry_service.vault import Vault
from entry_service.vault.remote import RemoteVault

ROOT = Path(__file__).resolve().parent.parent
DAY = date(2020, 8, 25)
CALLERS = (1, 16)


def deposits_a_second(vault: Vault | RemoteVault, callers: int, seconds: float, numbers: count) -> float:
    """Return how many contacts were acknowledged a second."""
    done: list[int] = []
    end = time.monotonic() + seconds

    def work() -> None:
        own = 0
        while time.monotonic() < end:
            number = next(numbers)
            contact = Contact(name="방문자", phone=f"+8210{number % 100_000_000:08}", residence="경기도 군포시")
            vault.deposit(DAY, number.to_bytes(8, "big"), contact)
            own += 1
        done.append(own)

    threads = [threading.Thread(target=work) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / seconds


@contextmanager
def vault_process(settings: Settings) -> Iterator[RemoteVault]:
    """Run `vault serve` and give the way to it."""
    prepare_vault(settings)
    own = {"ENTRY_VAR": str(settings.var), "ENTRY_VAULT_SOCKET": settings.vault_socket, "ENTRY_DEMO": "1"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ENTRY_")}
    command = [sys.executable, "-m", "entry_service", "vault", "serve"]
    process = subprocess.Popen(command, cwd=ROOT, env={**kept, **own}, stderr=subprocess.DEVNULL)
    vault = RemoteVault(Path(settings.vault_socket))
    try:
        for _ in range(600):
            try:
                vault.public_key(DAY)
                break
            except Unavailable:
                time.sleep(0.1)
        yield vault
    finally:
        vault.close()
        process.terminate()
        process.wait(60)


def main() -> None:
    """Print a line for each number of callers."""
    ask = argparse.ArgumentParser(description="deposits a second, in process and through the socket")
    ask.add_argument("--seconds", type=float, default=2)
    ask.add_argument("--rounds", type=int, default=5)
    given = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        here = Settings(var=Path(folder) / "here")
        there = Settings(var=Path(folder) / "there", vault_socket=f"{folder}/run/vault.sock")
        prepare_vault(here)
        inside = open_own_vault(here)
        numbers = count(1)
        with vault_process(there) as apart:
            for callers in CALLERS:
                rates: dict[str, list[float]] = {"inside": [], "apart": []}
                for _ in range(given.rounds):
                    for name, vault in (("inside", inside), ("apart", apart)):
                        rates[name].append(deposits_a_second(vault, callers, given.seconds, numbers))
                median = {name: statistics.median(many) for name, many in rates.items()}
                print(
                    f"{callers:3} callers: in this process {median['inside']:6,.0f}/s, "
                    f"through the socket {median['apart']:6,.0f}/s, ratio {median['inside'] / median['apart']:.2f}"
                )
        inside.close()


if __name__ == "__main__":
    main()
