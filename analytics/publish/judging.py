"""When the words of the dongs are judged anew, and on what: nobody can see from them that one case was registered.

Three rules hold them, as they hold the figures.

delay     only visits of days whose index visits are due
binding   of a day that was judged before, the visits that were known then: a case found later never counts for it
batch     new days are judged once at least k different persons made visits on them; until then the words that are
          out stay, and so does the period they are of

Words stay no longer than a day that they were judged on lies in the period; then, as before the first batch, a
dong has no data (`few_persons`), however many fewer than k there were. Another seed or other parameters therefore
tell nothing anew of the same persons.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import geopandas as gpd
import pandas as pd

from ..coverage import Exposure
from ..parameters import Parameters
from ..statistics.persons.plan import Spread
from ..study import Study
from ..tables import KST, time_text
from ..verdict import NO_DATA, judge
from .counts import INDEX_VISITS, Rules
from .words import words_of_dongs

FEW_PERSONS = "few_persons"
"""Why a dong has no data where fewer than k persons visited on days that are due, perhaps nobody."""


@dataclass(frozen=True)
class Words:
    """The words of a publication.

    Attributes
    ----------
    dongs : index dong_code; `name`, `word`, `reason`
    judged : first_day, last_day and as_of of the judgement they come from, as in public.json; None: none holds
    """

    dongs: pd.DataFrame
    judged: dict[str, str] | None


def words_to_tell(
    study: Study,
    dongs: gpd.GeoDataFrame,
    parameters: Parameters,
    rules: Rules,
    lines: Iterable[Mapping[str, object]],
    progress: Callable[[str, int, int], None],
    spread: Spread,
) -> Words:
    """Return the words that come out beside these lines of a register (register.words_told, public.json)."""
    told = list(lines)
    due = due_days(study, rules)
    bound = judged_before(told)
    visits = bound_visits(study.kept(), due, bound)
    new = ~_days(visits).isin(list(bound))
    if visits.loc[new, "person"].nunique() < rules.k:
        newest = max(told, key=lambda line: datetime.fromisoformat(line["created"]), default={})
        return held(newest, dongs, study.days[0])
    exposure = _until(study.exposure, 24 * len(due))
    found = words_of_dongs(judge(visits, exposure, study.units, parameters, progress, spread), study.units, dongs)
    return Words(found, _judged(due[0], due[-1], time_text(study.as_of)))


def due_days(study: Study, rules: Rules) -> list[date]:
    """Return the first days of the study, up to the last whose index visits come out."""
    known = pd.Timestamp(study.as_of).tz_convert(KST).date()
    return [day for day in study.days if rules.due(INDEX_VISITS, day, known)]


def judged_before(lines: Iterable[Mapping[str, object]]) -> dict[date, datetime]:
    """Return the days that words of the register were judged on, and when the data of each were known first.

    Words of a line that does not say were judged on all of its period.
    """
    bound: dict[date, datetime] = {}
    for line in lines:
        judged = line.get("judged", {**line["period"], "as_of": line["as_of"]})
        if judged is None:
            continue
        day, last = (date.fromisoformat(judged[name]) for name in ("first_day", "last_day"))
        while day <= last:
            bound.setdefault(day, datetime.fromisoformat(judged["as_of"]))
            day += timedelta(days=1)
    return bound


def bound_visits(visits: pd.DataFrame, days: list[date], bound: Mapping[date, datetime]) -> pd.DataFrame:
    """Return the visits that began on these days, without what became known after their day was judged."""
    at = _days(visits)
    until = pd.to_datetime(at.map(lambda day: bound.get(day)), utc=True)
    late = until.notna() & (pd.to_datetime(visits["known_at"], utc=True) > until)
    return visits[at.isin(days) & ~late]


def held(line: Mapping[str, object], dongs: gpd.GeoDataFrame, first: date) -> Words:
    """Return the words of a line as they are; none where its days have left the period, or of other dongs."""
    table = pd.DataFrame({"name": dongs["name"], "word": NO_DATA, "reason": FEW_PERSONS}, index=dongs.index)
    words = line.get("words", {})
    if not line or set(words) != set(dongs.index.astype(str)):
        return Words(table, None)
    judged = line.get("judged", {**line["period"], "as_of": line["as_of"]})
    if judged is None or date.fromisoformat(judged["last_day"]) < first:
        return Words(table, None)
    reasons = line.get("reasons", {})
    codes = dongs.index.astype(str)
    return Words(
        table.assign(word=[words[code] for code in codes], reason=[reasons.get(code, "") for code in codes]),
        dict(judged),
    )


def _judged(first: date, last: date, as_of: str) -> dict[str, str]:
    return {"first_day": first.isoformat(), "last_day": last.isoformat(), "as_of": as_of}


def _days(visits: pd.DataFrame) -> pd.Series:
    """Return the Korean day on which each visit began."""
    return pd.Series(pd.DatetimeIndex(visits["start"]).tz_convert(KST).date, index=visits.index, dtype=object)


def _until(exposure: Exposure, hours: int) -> Exposure:
    """Return the first hours of an exposure."""
    arrays = ("population", "observable", "logged", "entries", "why")
    cut = {name: getattr(exposure, name) for name in arrays}
    cut = {name: None if table is None else table[:, :hours] for name, table in cut.items()}
    return replace(exposure, hours=exposure.hours[:hours], **cut)
