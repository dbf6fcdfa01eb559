"""Serve the vault in a process of its own."""

import logging
import signal
from functools import partial
from pathlib import Path

import click

from entry_service import clock
from entry_service.settings import read_settings

from .shared import refuse

log = logging.getLogger("entry_service.vault")


@click.command("serve")
def serve() -> None:
    """Open the vault and answer on ENTRY_VAULT_SOCKET until Ctrl-C or SIGTERM; what was begun is finished."""
    from entry_service.services import open_own_vault
    from entry_service.store.database import reserve
    from entry_service.upkeep.restoring import assert_whole
    from entry_service.vault.server import VaultServer
    from entry_service.vault.vault import vault_is_current
    from entry_service.web.frame.logs import write_json_lines

    settings = read_settings()
    if not settings.vault_socket:
        refuse("금고 소켓의 자리를 ENTRY_VAULT_SOCKET에 적어 주시기 바랍니다(docs/settings.md).")
    assert_whole(settings)
    if not vault_is_current(settings.vault_address):
        refuse(
            "금고가 없거나 이전 형식입니다. 먼저 `python -m entry_service migrate --vault`를 실행하시기 바랍니다."
        )
    write_json_lines()
    path = Path(settings.vault_socket).absolute()
    own_clock = None if settings.demo else clock.now
    room = partial(reserve.release, settings.var, reserve.DESTRUCTION)
    kept = {"retention_days": settings.retention_days, "make_room": room}
    with VaultServer(path, clock=own_clock, **kept) as server:
        for stop in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(stop, lambda *_: server.stop())
        vault = open_own_vault(settings)
        keeper = reserve.ReserveKeeper(settings.var, settings.reserve_mb) if settings.reserve_mb else None
        try:
            log.info("started")
            server.serve(vault)
        finally:
            if keeper is not None:
                keeper.close()
            vault.close()
    log.info("stopped")
