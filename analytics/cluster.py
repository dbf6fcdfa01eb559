"""Spread a run over a Dask cluster: its workers take replicates and regions, the answer stays the same."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from .refusals import ClusterRefused
from .version import code_version

WAIT = 10  # seconds for the scheduler to answer


@contextmanager
def dask_cluster(address: str) -> Iterator[Callable]:
    """Give a `spread` (statistics.persons.plan) that works on the cluster of this scheduler, such as tcp://host:8786.

    Raises
    ------
    ClusterRefused
        Dask is not installed, no scheduler answers, it has no workers, or they run another version of this code
        (which might answer differently).
    """
    try:
        from distributed import Client, as_completed
        from distributed.comm import get_address_host_port
    except ImportError as cause:
        raise ClusterRefused(
            "--scheduler needs Dask, which is not installed: pip install --group cluster (pyproject.toml)"
        ) from cause
    try:  # a client that never connected cannot be taken away quietly: whether somebody listens is asked first
        if not address.startswith("inproc://"):
            socket.create_connection(get_address_host_port(address), timeout=WAIT).close()
        client = Client(address, timeout=WAIT, set_as_default=False)
    except (OSError, ValueError) as cause:
        raise ClusterRefused(f"no Dask scheduler answers at {address}") from cause

    def spread(work: Callable, shared: tuple, parts: Sequence, progress: Callable | None) -> list:
        (there,) = client.scatter([_Shared(shared)], broadcast=True, hash=False)
        futures = [client.submit(_work, work, there, part, pure=False) for part in parts]
        for done, _ in enumerate(as_completed(futures), start=1):
            if progress is not None:
                progress(done, len(parts))
        return client.gather(futures)

    with client, client.as_current():
        _assert_like_here(client, address)
        yield spread


class _Shared:
    """What all parts need; sent to each worker once."""

    def __init__(self, arguments: tuple) -> None:
        self.arguments = arguments


def _work(work: Callable, shared: _Shared, part: object) -> object:
    return work(*shared.arguments, part)


def _assert_like_here(client, address: str) -> None:
    try:
        versions = client.run(code_version)
    except Exception as cause:  # whatever a worker raises comes back here, most often ModuleNotFoundError
        raise ClusterRefused(f"a worker of {address} cannot load this program ({cause})") from cause
    if not versions:
        raise ClusterRefused(f"the scheduler at {address} has no workers")
    for worker, version in versions.items():
        if version != code_version():
            raise ClusterRefused(f"worker {worker} runs version {version}, this is {code_version()}")
