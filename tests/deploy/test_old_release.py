"""The code of an earlier release, as git has it, on the schema of today: the way back after an upgrade."""

import json
import subprocess
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from benchmarks.door_load import ROOT, Client, DoorServer, scans
from benchmarks.rollercoaster import code_of
from entry_service import clock
from entry_service.services import open_services, prepare
from entry_service.settings import Settings
from entry_service.store.log import scans as log
from entry_service.store.log import voids

from ..databases import databases, kind

__all__ = ["databases", "kind"]
AFTER_RELEASE = (
    "entry_service/store/migrations/versions/0009*"  # the first migration that the release does not know
)


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> Path:
    """Return the code of the last commit that knew schema 0008 and none later."""
    command = ["git", "log", "--diff-filter=A", "--format=%H", "--", AFTER_RELEASE]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if told.returncode or not told.stdout.strip():
        pytest.skip("this checkout has no history, so the code of the earlier release is not here")
    return code_of(f"{told.stdout.split()[-1]}^", tmp_path_factory.mktemp("released") / "code")


def post(port: int, path: str, body: dict | bytes, wanted: int = 200) -> dict:
    """Post as the door's device; the answer has to have the wanted status."""
    client = Client(port, path)
    with closing(client):
        status = client.post(body if isinstance(body, bytes) else json.dumps(body).encode())
        assert status == wanted, client.answer
        return json.loads(client.answer)


def test_an_earlier_release_serves_doors_on_the_schema_of_today_and_today_goes_on(
    released, databases, kind, tmp_path
):
    url = databases.new("postgresql", "log") if kind == "postgresql" else ""
    server = DoorServer(tmp_path / "var", url)
    begun = clock.now()
    issuer = server.furnish(begun)  # by the code of today: its schema is there
    made = scans(issuer, begun)
    server.root = released
    server.start(workers=1)
    try:
        first, scan = next(made)
        assert post(server.port, "/api/v1/scans", scan)["outcome"] == "accepted"
        assert post(server.port, "/api/v1/scans", scan)["repeated"] is True
        late = {"kind": "scan", **json.loads(next(made)[1]), "scan_id": str(uuid4())}
        queue = {"v": 1, "device_now": clock.now().isoformat(), "items": [late]}
        assert post(server.port, "/api/v1/sync", queue)["results"][0]["outcome"] == "accepted"
        undone = {"undone_at": (clock.now() + timedelta(seconds=1)).isoformat()}
        assert post(server.port, f"/api/v1/scans/{first}/undo", undone)
    finally:
        server.stop()
    server.root = ROOT
    server.start(workers=1)  # and the upgrade again
    try:
        third, scan = next(made)
        assert post(server.port, "/api/v1/scans", scan)["outcome"] == "accepted"
    finally:
        server.stop()
    settings = Settings(var=server.var, demo=True, log_url=url, vault_url=url)
    prepare(settings)
    with closing(open_services(settings, clock.now())) as services, services.store.read() as db:
        found = log.find_scans(db, [first, late["scan_id"], third])
        assert found.keys() == {first, late["scan_id"], third}
        assert [voids.is_void(db, one) for one in (first, third)] == [True, False]
