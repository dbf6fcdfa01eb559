"""A slice of benchmarks/outage.py: a real server, doors that come back at once, answers that are lost."""

from benchmarks import outage


def test_doors_that_come_back_together_lose_and_double_nothing(tmp_path):
    told = outage.run(tmp_path / "var", doors=4, many=100, live=10, seed=7, batch=20, idle=1, jitter=1.0)
    assert (told.missing, told.refused) == (0, 0)
    assert told.whole
    assert told.queued == 400
    assert told.lost  # else nothing was tried
    assert told.meanwhile  # live doors were answered while the queues drained


def test_the_count_of_the_log_can_fail(tmp_path, monkeypatch):
    """An answer that acknowledges what was never written is found out."""
    right = outage.Door.drain

    def forgetful(door, jitter):
        door.queue, hidden = door.queue[:-1], door.queue[-1:]
        right(door, jitter)
        door.queue += hidden
        door.answers[hidden[0][0]] = "accepted"

    monkeypatch.setattr(outage.Door, "drain", forgetful)
    told = outage.run(tmp_path / "var", doors=1, many=20, live=4, seed=7, idle=1, jitter=0.1)
    assert told.missing
    assert not told.whole
