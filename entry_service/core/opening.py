"""Opening hours with a margin, for doors that nobody stands at."""

from datetime import datetime, timedelta

from .times import KST

DAY = timedelta(days=1)


def opens_by(opens: int, closes: int, at: datetime, margin: timedelta) -> bool:
    """Say whether the moment lies in opening hours (KST) or within ``margin`` of them.

    Parameters
    ----------
    opens, closes : int
        Hours of the day; ``closes`` above 24 runs past midnight. ``[opens - margin, closes + margin)``.
    """
    here = at.astimezone(KST)
    clock = timedelta(hours=here.hour, minutes=here.minute, seconds=here.second, microseconds=here.microsecond)
    start, end = timedelta(hours=opens) - margin, timedelta(hours=closes) + margin
    return any(start <= clock + day < end for day in (-DAY, timedelta(), DAY))
