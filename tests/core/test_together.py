"""How likely two people were together: what enumerating every pair of lengths gives, and simulation too."""

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry_service.core.stay_lengths import MINUTE, StayLengths
from entry_service.core.together import ANY, Stay, overlap_bounds, present_until, together

NOON = datetime(2020, 8, 25, 3, 0, tzinfo=UTC)
FAR = timedelta(hours=24)


def at(minutes: float) -> datetime:
    return NOON + minutes * MINUTE


def stay(entered: float, seen: float | None = None, gone: float | None = None, sent_out: bool = False) -> Stay:
    """Return a stay by minutes from noon; without a bound nothing is known of its end."""
    return Stay(
        entered_at=at(entered),
        seen_until=at(entered if seen is None else seen),
        gone_by=at(entered) + FAR if gone is None else at(gone),
        sent_out=sent_out,
    )


def lengths(**stays: int) -> StayLengths:
    return StayLengths.of(((int(name[1:]) + 0.5, count) for name, count in stays.items()), "own")


def possible(one: Stay, of: StayLengths) -> list[tuple[datetime, int]]:
    """Return (when it left, weight) of every length that the bounds allow, one by one."""
    if one.known:
        return [(one.gone_by, 1)]
    ends = []
    for place, minutes in enumerate(of.minutes):
        following = of.remaining[place + 1] if place + 1 < len(of.remaining) else 0
        left = one.entered_at + minutes * MINUTE
        if left < one.seen_until or (left > one.gone_by and not one.sent_out):
            continue
        ends.append((min(left, one.gone_by), of.remaining[place] - following))
    return ends


def enumerated(first: Stay, second: Stay, least: timedelta, of: StayLengths) -> Fraction | None:
    """Return the probability by trying every pair of lengths; None where no length fits the bounds."""
    pairs = list(product(possible(first, of), possible(second, of)))
    if not pairs:
        return None
    begin = max(first.entered_at, second.entered_at)
    good = sum(a * b for (left, a), (gone, b) in pairs if min(left, gone) - begin >= least)
    return Fraction(good, sum(a * b for (_, a), (_, b) in pairs))


minutes = st.integers(-120, 240)
histograms = st.dictionaries(st.integers(0, 200), st.integers(1, 9), min_size=1, max_size=12)


@st.composite
def stays(draw) -> Stay:
    entered = draw(minutes)
    seen = entered + draw(st.integers(0, 90))
    gone = draw(st.sampled_from([seen, None])) if draw(st.booleans()) else seen + draw(st.integers(0, 180))
    return stay(entered, seen, gone, draw(st.booleans()) and gone is not None)


@given(stays(), stays(), st.integers(1, 240), histograms)
def test_it_is_what_enumeration_gives(first, second, least, histogram):
    of = StayLengths.of(((minutes + 0.5, count) for minutes, count in histogram.items()), "own")
    expected = enumerated(first, second, least * MINUTE, of)
    got = together(first, second, least * MINUTE, of, of)
    if expected is not None:
        assert got == pytest.approx(float(expected), abs=1e-12)
    assert 0 <= got <= 1


@given(stays(), stays(), st.integers(0, 240), st.integers(0, 240), histograms)
def test_more_minutes_are_never_more_likely_and_the_order_of_the_two_does_not_matter(a, b, x, more, histogram):
    of = StayLengths.of(((minutes + 0.5, count) for minutes, count in histogram.items()), "own")
    assert together(a, b, (x + more) * MINUTE, of, of) <= together(a, b, x * MINUTE, of, of) + 1e-12
    assert together(a, b, x * MINUTE, of, of) == together(b, a, x * MINUTE, of, of)


@given(minutes, st.integers(0, 200), minutes, st.integers(0, 200), st.integers(1, 200))
def test_where_both_leavings_are_known_it_is_certain(entered, stayed, other, long, least):
    first, second = stay(entered, entered + stayed, entered + stayed), stay(other, other + long, other + long)
    overlap = min(entered + stayed, other + long) - max(entered, other)
    of = lengths(m30=1)
    assert together(first, second, least * MINUTE, of, of) == (1.0 if overlap >= least else 0.0)
    assert overlap_bounds(first, second) == (max(0, overlap) * MINUTE,) * 2


@given(stays(), stays(), histograms)
def test_whoever_must_have_overlapped_did_and_whoever_cannot_have_did_not(first, second, histogram):
    of = StayLengths.of(((minutes + 0.5, count) for minutes, count in histogram.items()), "own")
    least, most = overlap_bounds(first, second)
    assert least <= most
    if least:
        assert together(first, second, least, of, of) == 1
    assert together(first, second, most + ANY, of, of) == 0


def test_simulation_agrees():
    of = lengths(m10=3, m25=5, m40=8, m70=3, m120=1)
    first, second = stay(0, 12, 90), stay(-30, -30)
    drawn = random.Random(4)
    ends = [possible(first, of), possible(second, of)]
    many = 40_000
    pairs = zip(
        *(drawn.choices([left for left, _ in of_one], [w for _, w in of_one], k=many) for of_one in ends),
        strict=True,
    )
    met = sum(min(left, gone) - NOON >= 15 * MINUTE for left, gone in pairs)
    exact = together(first, second, 15 * MINUTE, of, of)
    assert 0.05 < exact < 0.95
    assert abs(met / many - exact) < 5 * (exact * (1 - exact) / many) ** 0.5


def test_being_sent_out_is_not_having_left_before():
    """Seen elsewhere at 60 minutes: the long stays are ruled out. Sent out then: they ended then."""
    of = lengths(m30=1, m90=3)
    assert present_until(stay(0, 0, 60), at(45), of) == 0
    assert present_until(stay(0, 0, 60, sent_out=True), at(45), of) == 0.75
    assert present_until(stay(0, 0, 60, sent_out=True), at(60), of) == 0.75
    assert present_until(stay(0, 0, 60, sent_out=True), at(61), of) == 0


def test_being_seen_later_makes_longer_stays_likelier():
    of = lengths(m30=3, m90=1)
    assert present_until(stay(0), at(60), of) == 0.25
    assert present_until(stay(0, 31), at(60), of) == 1


def test_a_stay_longer_than_any_that_was_read_ends_at_any_moment_alike():
    assert present_until(stay(0, 60, 100), at(70), lengths(m30=1)) == 0.75
