"""Rolling out by several people at the same moment, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from entry_service.store.sites import posters
from entry_service.usecases.sites import roll_out
from tests.databases import databases, kind  # noqa: F401

from ..door import NOON, OFFICE, open_door


def issue(door, after):
    return roll_out.issue_poster(door.services, OFFICE, after_epoch=after, now=NOON, random=door.random)


def test_a_form_sent_many_times_at_once_makes_one_poster(databases, kind, tmp_path):  # noqa: F811
    together = Barrier(12)

    def press(_):
        with door.services.store.read() as db:
            posters.current(db, OFFICE)  # every thread has a connection before one begins
        together.wait()
        try:
            return issue(door, first.epoch).epoch
        except roll_out.PosterChanged:
            return None

    with open_door(tmp_path / "var", *databases.pair(kind)) as door, ThreadPoolExecutor(12) as pool:
        first = issue(door, None)
        assert [epoch for epoch in pool.map(press, range(12)) if epoch] == [2]
        with door.services.store.read() as db:
            assert posters.current(db, OFFICE).epoch == 2
