"""The proxies' files as they are shipped: real nginx and Caddy in front of a real service and slow callers."""

import shutil

import pytest

from benchmarks import slow_bodies


@pytest.mark.parametrize("name", sorted(slow_bodies.PROXIES))
def test_callers_who_send_a_byte_a_second_keep_no_door_waiting(name):
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed here (Debian: nginx-light, caddy)")
    found = slow_bodies.run(name, seconds=6, slow=40)
    assert found.sent > 10
    assert found.acknowledged == found.sent
    assert found.metrics == 404
