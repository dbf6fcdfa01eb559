"""While the vault is away staff scan on; what needs a contact waits, and goes on when the vault is back."""

import pytest

from entry_service.core.errors import Unavailable
from entry_service.core.times import kst_day
from entry_service.usecases.doors.issue_pass import PassDay, issue_passes
from entry_service.usecases.doors.poster_entry import check_in_poster
from tests.usecases.door import HOUR, MINUTE, NOON, PERSON, POSTER, SLOT, open_door

from .apart import VaultProcess


@pytest.fixture
def apart(databases, kind):
    """Return a running vault's process, and the address of a log beside it."""
    process = VaultProcess(databases.new(kind, "vault"), ENTRY_DAILY_CAP="3")
    process.log_url = databases.new(kind, "log")
    yield process.start()
    process.close()


def test_staff_scans_need_no_vault_and_every_other_door_says_that_it_must_wait(apart, tmp_path):
    nowhere = "sqlite:////nowhere/vault.sqlite"  # the web side has no way to the vault's database
    with open_door(tmp_path / "var", apart.log_url, nowhere, vault_socket=str(apart.socket)) as door:
        phone, other = door.phone(), door.phone()
        apart.kill()
        assert door.scan(phone).outcome == "accepted"
        assert door.scan(phone, NOON + HOUR).direction == "out"
        rows = len(door.log())

        def poster():
            return check_in_poster(
                door.services, POSTER, PERSON, scan_id="form-0001", party_size=1, now=NOON, random=door.random
            )

        def issue():
            wanted = PassDay(day=kst_day(NOON), root=bytes(16), first_slot=0, slot_count=9, slot_seconds=SLOT)
            return issue_passes(door.services, PERSON, [wanted], NOON, door.random)

        for act in (poster, issue):
            with pytest.raises(Unavailable) as refused:
                act()
            assert refused.value.facts == {"reason": "vault"}
        assert len(door.log()) == rows  # nothing was acknowledged, nothing was logged
        apart.start()
        assert poster().entered_at == NOON
        assert issue()
        assert door.scan(other, NOON + MINUTE).outcome == "accepted"
