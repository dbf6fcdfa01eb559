"""How likely it is that two people were together for so many minutes, where a leaving was not read.

A stay is known when it was seen to end. Else its length follows the stays of its category (core/stay_lengths.py),
given what is known of it: it lasted until the person was last seen here, and was over when the person was seen
elsewhere. Whoever was inside when everyone was sent out stayed until then at the longest. The two lengths are
taken as independent: companions who leave together are together longer than this says.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .stay_lengths import MINUTE, StayLengths

ANY = timedelta.resolution  # together at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Somebody at a place: entered, present at least until ``seen_until``, gone at the latest by ``gone_by``.

    The leaving is known where the two are the same. ``sent_out``: everyone had to leave at ``gone_by``, so that
    whoever would have stayed longer stayed until then.
    """

    entered_at: datetime
    seen_until: datetime
    gone_by: datetime
    sent_out: bool = False

    @property
    def known(self) -> bool:
        """Say whether the leaving was read."""
        return self.seen_until >= self.gone_by


def present_until(stay: Stay, until: datetime, lengths: StayLengths) -> float:
    """Return the probability that the stay lasts until the moment, or longer."""
    if until <= max(stay.seen_until, stay.entered_at):
        return 1.0
    if until > stay.gone_by:
        return 0.0
    if stay.known:
        return 1.0
    asked = (until - stay.entered_at) / MINUTE
    least = (stay.seen_until - stay.entered_at) / MINUTE
    most = (stay.gone_by - stay.entered_at) / MINUTE
    beyond = 0 if stay.sent_out else lengths.longer_than(most)
    possible = lengths.at_least(least) - beyond
    if possible <= 0:  # no stay that was ever read fits: each moment of leaving is as likely as any other
        return (most - asked) / (most - least)
    return max(0, lengths.at_least(asked) - beyond) / possible


def together(
    first: Stay, second: Stay, at_least: timedelta, of_first: StayLengths, of_second: StayLengths
) -> float:
    """Return the probability that the two overlap by ``at_least`` (> 0; ``ANY``: that they met at all).

    They do exactly if both are still there so long after the later of the two entries.
    """
    if at_least <= timedelta():
        return 1.0
    until = max(first.entered_at, second.entered_at) + at_least
    return present_until(first, until, of_first) * present_until(second, until, of_second)


def overlap_bounds(first: Stay, second: Stay) -> tuple[timedelta, timedelta]:
    """Return the shortest and the longest overlap that is possible; the same where both leavings are known."""
    begin = max(first.entered_at, second.entered_at)
    nothing = timedelta()
    least = min(first.seen_until, second.seen_until) - begin
    most = min(first.gone_by, second.gone_by) - begin
    return max(nothing, least), max(nothing, most)
