"""What a replay marks in Seoul, held against what the authorities took for the source of each infection.

PYTHONPATH=. python benchmarks/seoul_replay.py REPLAY.json [--data ../shared/data]

REPLAY.json comes from `python -m analytics replay`. The product never reads `infection_case`; only this judge.
Prints, for each cluster marked, the named source that most of its persons share, on its largest day; and, for each
named source with at least three persons whose visits could be judged, whether and when it was marked. Fewer than
three are "few".
"""

import argparse
import json
from pathlib import Path

import pandas as pd

from analytics.geography import join_population, locate, read_units

OTHERS = ({"contact with patient"}, {"overseas inflow"}, {"etc", "unknown", ""})
UNNAMED = set.union(*OTHERS)
FEW = 3


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("replay", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    asked = parser.parse_args()
    told = json.loads(asked.replay.read_text(encoding="utf-8"))
    visits = judged_visits(asked.data, told)
    print(
        "| marked | first confirmed | delay | days marked | visits | units | persons | expected "
        "| common source | contacts | overseas | unnamed |"
    )
    print(12 * "|---" + "|")
    sources = []
    for mark in told["marked"]:
        day, largest = at_its_largest(mark, told["days"])
        persons = inside(visits, largest, day)
        assert len(persons) == largest["distinct_persons"], "the judge and the product disagree on who is inside"
        named = persons[~persons.isin(UNNAMED)].value_counts()
        top, count = (named.index[0], int(named.iloc[0])) if len(named) else ("none", 0)
        common = f"{top}: {count} of {len(persons)}" if count >= FEW else "none (few)" if count else "none"
        if count >= FEW:
            sources.append((top, mark))
        others = [few(int(persons.isin(words).sum())) for words in OTHERS]
        names = ", ".join(name.split()[-1] for name in largest["names"])
        cells = [
            mark["first_marked"][5:],
            mark["first_confirmed"][5:],
            str(mark["delay_days"]),
            str(mark["days_marked"]),
            f"{largest['start'][5:]} – {largest['end'][5:]}",
            names,
            f"{few(mark['distinct_persons'])} → {few(mark['most_persons'])}",
            f"{largest['expected']:.1f}",
            common,
            *others,
        ]
        print(f"| {' | '.join(cells)} |")
    print("\n| named source | persons with visits | first confirmed | most in one unit within 7 days | marked |")
    print("|---|---|---|---|---|")
    for source, rows in visits[~visits["source"].isin(UNNAMED)].groupby("source"):
        if (count := rows["patient_id"].nunique()) >= FEW:
            marked = [mark["first_marked"][5:] for name, mark in sources if name == source]
            print(
                f"| {source} | {count} | {rows['known'].min().date()} | {few(most_together(rows))} "
                f"| {', '.join(marked) or 'no'} |"
            )


def judged_visits(data: Path, told: dict) -> pd.DataFrame:
    """Return visits by the rules of import-routes, with patient, source and unit, without those shown beside."""
    patients = pd.read_csv(data / "outbreak" / "PatientInfo.csv", dtype="str", keep_default_na=False)
    routes = pd.read_csv(data / "outbreak" / "PatientRoute.csv", dtype="str", keep_default_na=False)
    rows = routes.drop_duplicates().merge(
        patients[["patient_id", "confirmed_date", "infection_case"]], on="patient_id", how="inner"
    )
    rows["known"] = pd.to_datetime(rows["confirmed_date"], errors="coerce")
    rows["day"] = pd.to_datetime(rows["date"], errors="coerce")
    for name in ("latitude", "longitude"):
        rows[name] = pd.to_numeric(rows[name], errors="coerce").round(5)
    parameters = told["parameters"]
    first = pd.Timestamp(parameters["first"]) - pd.Timedelta(days=parameters["days"] - 1)
    kept = (
        (rows["day"] < rows["known"])
        & (rows["known"] <= pd.Timestamp(parameters["last"]))
        & (rows["day"] >= first)
        & (rows["province"] == parameters["province"])
        & ~rows["type"].isin(["", *parameters["beside"]])
    )
    rows = rows[kept & rows["latitude"].between(33, 39) & rows["longitude"].between(124, 132)]
    rows = rows.rename(columns={"latitude": "lat", "longitude": "lon"})
    units = read_units(data / "boundaries" / "seoul_admin_dong.geojson")
    codes = pd.read_csv(
        data / "population" / "seoul_living_population_202003.csv.gz", encoding="cp949", dtype="str", usecols=[2]
    )
    units, _ = join_population(units, codes.iloc[:, 0].unique())
    return rows.assign(unit=locate(rows, units), source=rows["infection_case"]).dropna(subset="unit")


def inside(visits: pd.DataFrame, cluster: dict, day: str) -> pd.Series:
    """Return the named source of each person in a cluster, as of a day (index: the patient, never printed)."""
    rows = visits[
        visits["unit"].isin(cluster["units"])
        & (visits["day"] >= cluster["start"])
        & (visits["day"] < cluster["end"])
        & (visits["known"] <= day)
    ]
    return rows.drop_duplicates("patient_id").set_index("patient_id")["source"]


def at_its_largest(mark: dict, days: list[dict]) -> tuple[str, dict]:
    """Return the day on which a marked cluster held most persons, and its row of that day."""
    rows = [
        (day["as_of"], row)
        for day in days
        for row in day["clusters"]
        if row["significant"]
        and row["first_marked"] == mark["first_marked"]
        and set(row["units"]) <= set(mark["all_units"])
    ]
    return max(rows, key=lambda pair: pair[1]["distinct_persons"])


def most_together(rows: pd.DataFrame) -> int:
    """Return the most persons of one source in one unit within seven days."""
    most = 0
    for _, there in rows.groupby("unit"):
        for start in there["day"].unique():
            during = (there["day"] >= start) & (there["day"] < start + pd.Timedelta(days=7))
            most = max(most, there.loc[during, "patient_id"].nunique())
    return most


def few(count: int) -> str:
    """Return a count of persons, or "few" below three."""
    return str(count) if count >= FEW or count == 0 else "few"


if __name__ == "__main__":
    main()
