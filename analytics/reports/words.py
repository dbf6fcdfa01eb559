"""Dates and figures as a Korean public office writes them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import numpy as np

WEEKDAYS = "월화수목금토일"
NONE = "자료 없음"


def date_text(day: date) -> str:
    """Return "2020. 8. 25.(화)"."""
    return f"{day.year}. {day.month}. {day.day}.({WEEKDAYS[day.weekday()]})"


def short_date(day: date) -> str:
    """Return "8. 25.(화)"."""
    return f"{day.month}. {day.day}.({WEEKDAYS[day.weekday()]})"


def moment_text(text: str) -> str:
    """Return an ISO time of Korea as "2020. 8. 25.(화) 14:00"."""
    at = datetime.fromisoformat(text)
    return f"{date_text(at.date())} {at:%H:%M}"


def days_text(start: date, end: date) -> str:
    """Return half-open days with the last included: "8. 13.(목)", "8. 13.(목)~8. 16.(일)"."""
    last = end - timedelta(days=1)
    return short_date(start) if last == start else f"{short_date(start)}~{short_date(last)}"


def hours_text(hours: Iterable[int]) -> str:
    """Return hours of the day as spans: "11~14시, 18~20시"."""
    hours = list(hours)
    if len(hours) == 24:
        return "종일"
    spans: list[list[int]] = []
    for hour in sorted(hours):
        if spans and spans[-1][1] == hour:
            spans[-1][1] = hour + 1
        else:
            spans.append([hour, hour + 1])
    return ", ".join(f"{first}~{last}시" for first, last in spans)


def people(number: float) -> str:
    """Return people, rounded to what a reader can use: three significant digits; "자료 없음" for NaN."""
    if not np.isfinite(number):
        return NONE
    digits = max(len(str(int(abs(number)))) - 3, 0)
    return f"{int(round(number, -digits)):,}명"


def figure(number: float) -> str:
    """Return a figure with two significant digits and no exponent: "2,400", "27", "0.48", "0.01 미만"."""
    if not np.isfinite(number):
        return "∞"
    if 0 < number < 0.01:
        return "0.01 미만"
    rounded = float(f"{number:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 or rounded == 0 else f"{rounded:g}"


def signed(number: float) -> str:
    """Return a difference with its sign: "+1,230명"."""
    if not np.isfinite(number):
        return NONE
    told = people(abs(number))
    return ("+" if number >= 0 else "−") + told


def percent(share: float) -> str:
    """Return a share of one with its sign as whole percent: "+12%"."""
    if not np.isfinite(share):
        return NONE
    whole = round(100 * share)
    return f"{'+' if whole > 0 else '−' if whole < 0 else '±'}{abs(whole):,}%"


def named(names: list[str], most: int = 3) -> str:
    """Return names, the first few: "산본1동, 금정동 외 2곳"."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" 외 {rest}곳" if rest > 0 else "")
