"""Start the service and say where it is."""

import dataclasses
import os

import click

from entry_service import clock
from entry_service.settings import Settings, checked, read_settings, with_secret

from .shared import assert_migrated, refuse
from .watcher import Watcher

LOCAL, EVERYWHERE = "127.0.0.1:8000", "0.0.0.0:8000"  # all addresses, only where --lan asks for them


@click.command()
@click.option("--bind", help=f"HOST:PORT to listen on.  [default: {LOCAL}, with --lan {EVERYWHERE}]")
@click.option("--demo", is_flag=True, help="Serve the demo city and print its sign-ins.")
@click.option("--lan", is_flag=True, help="HTTPS with a self-made certificate, for phones on the same network.")
@click.option("--analytics/--no-analytics", default=True, help="With --demo: whether new files and requests run.")
@click.option("--workers", type=click.IntRange(1), help="Processes that answer, instead of ENTRY_WORKERS.")
def serve(bind: str | None, demo: bool, lan: bool, analytics: bool, workers: int | None) -> None:
    """Serve until Ctrl-C or SIGTERM; accepted requests are finished first."""
    from entry_service import lan as network
    from entry_service.connections import fitting_workers
    from entry_service.serve import Server, assert_free, for_address, read_address, worker_count

    given = set(os.environ)
    chosen = {} if workers is None else {"workers": workers}
    settings = read_settings(**(demo_overrides(given) if demo else {}), **chosen)
    address = read_address(bind or (EVERYWHERE if lan else LOCAL))
    certificate, hosts = None, []
    if lan:
        cert, key, hosts = network.certificate(settings.key_dir, clock.now())
        certificate = cert, key
    public = dataclasses.replace(address, host=hosts[0]) if hosts else address
    settings = with_secret(checked(for_address(settings, public, https=lan, given=given)))
    if demo:
        assert_demo_is_built(settings)
    worker_count(settings)
    assert_migrated(settings)
    assert_free(address)
    settings = dataclasses.replace(settings, workers=fitting_workers(settings))
    assert_opens(settings)

    beside: list[Watcher] = []

    def begin() -> None:
        from . import addresses

        addresses.tell(settings, address, hosts, lan=lan, demo=demo)
        if demo and analytics:
            beside.append(Watcher(settings))

    def end() -> None:
        for program in beside:
            program.close()

    made = {"clock": clock.now, "certificate": certificate, "when_ready": begin, "when_stopped": end}
    Server(settings, address, **made).run()


def demo_overrides(given: set[str]) -> dict[str, object]:
    """Return the settings of a demonstration, where the environment does not give them."""
    wished = {"demo": True, "sms": "simulator"}
    return {name: value for name, value in wished.items() if f"ENTRY_{name.upper()}" not in given}


def assert_demo_is_built(settings: Settings) -> None:
    """Refuse to show a demo city that is missing or half built."""
    from entry_service.demo.state import read_state

    known = read_state(settings)
    if known is None or known.state != "complete":
        refuse("모의 도시가 없거나 만들다 중단되었습니다. 먼저 `make demo`를 실행하시기 바랍니다.")


def assert_opens(settings: Settings) -> None:
    """Open and close log, vault and keys once, so that a refusal is a sentence and not a process that dies.

    A vault in a process of its own may come later: until then only staff scans are taken.
    """
    from entry_service.services import open_services
    from entry_service.vault.remote import RemoteVault

    services = open_services(settings, clock.now())
    if isinstance(services.vault, RemoteVault) and not services.vault.answers():
        click.echo(
            "금고가 아직 응답하지 않습니다. 금고가 시작되기 전까지는 직원이 출입증을 읽는 것만 가능합니다.",
            err=True,
        )
    services.close()
