"""Visitor coverage: near the truth in towns its model does not describe; wide, and saying why, without counts."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analytics.contract import ExtractRefused, read_extract
from analytics.coverage import coverage_by, match_counts, read_door_counts, visitor_coverage
from tests.analytics.doors import make_doors
from tests.contract_reader.folders import written

SITES = 0.05
UNITS = 15


def arranged(seed: int, facilities: int, days: int):
    """Return a town, its log, counts at 5 % of its sites, and unit × hour of the day of each facility-hour."""
    doors = make_doors(seed, facilities=facilities, units=UNITS, days=days)
    log = doors.log()
    size = doors.came.shape[1]
    group = np.repeat(doors.unit, size) * 24 + np.tile(np.arange(size) % 24, len(doors.unit))
    return doors, log, match_counts(doors.counts(np.random.default_rng(seed), SITES), log), group


@pytest.fixture(scope="module")
def town():
    return arranged(3, 200, 2)


def test_with_counts_at_one_site_in_twenty_the_mean_error_is_below_five_points_and_intervals_hold():
    """benchmarks/coverage_error.py prints more towns, larger ones and other arrangements."""
    doors, log, counts, group = arranged(3, 600, 7)
    found, _ = coverage_by(log, group, UNITS * 24, counts, seed=1, draws=150)
    truth = doors.truth(group, UNITS * 24)
    told = found["coverage"].notna().to_numpy() & ~np.isnan(truth)
    assert told.sum() > UNITS * 15
    assert np.abs(found["coverage"] - truth)[told].mean() < 0.05
    held = ((found["low"] <= truth) & (truth <= found["high"]))[told].mean()
    assert held > 0.85
    assert (found["high"] - found["low"])[told].mean() < 0.35
    assert set(found["basis"]) <= {"counted", "category", ""}


def test_without_door_counts_there_is_no_estimate_the_interval_is_wide_and_says_why(town):
    _, log, _, _ = town
    codes = pd.Index([f"u{n:03d}" for n in range(UNITS)] + ["empty"])
    found = visitor_coverage(log, codes, None, seed=1)
    with_log = found.units.loc[codes[:-1]]
    assert (with_log["visitor_coverage_basis"] == "no_door_counts").all()
    assert with_log["visitor_coverage"].isna().all()
    assert ((with_log["visitor_coverage_high"] - with_log["visitor_coverage_low"]) > 0.9).all()
    assert found.units.loc["empty", "visitor_coverage_basis"] == ""
    assert found.units.loc["empty"].drop("visitor_coverage_basis").isna().all()
    assert found.hours.groupby("unit_code").size().eq(24).all()
    assert (found.hours["basis"] == "").any()


def test_a_category_never_counted_is_less_sure_and_says_so(town):
    doors, log, counts, _ = town
    cafes = log.loc[log["category"] == "cafe", "facility_id"].unique()
    others = match_counts(
        counts.rows.loc[~counts.rows["facility_id"].isin(cafes), ["facility_id", "hour", "counted"]], log
    )
    group = np.where(log["category"] == "cafe", 0, 1)
    (known, _), (unknown, _) = (coverage_by(log, group, 2, one, seed=1) for one in (counts, others))
    assert unknown["basis"].tolist() == ["other_categories", "counted"]
    width = [float(found["high"][0] - found["low"][0]) for found in (known, unknown)]
    assert width[1] > 1.15 * width[0]


def test_where_every_door_is_counted_coverage_is_what_was_counted():
    doors, log, _, group = arranged(4, 60, 1)
    every = pd.DataFrame({"facility_id": log["facility_id"], "hour": log["hour"], "counted": doors.came.ravel()})
    counts = match_counts(every[doors.open.ravel()], log)
    found, _ = coverage_by(log, group, UNITS * 24, counts, seed=1, draws=20)
    truth = doors.truth(group, UNITS * 24)
    told = found["coverage"].notna().to_numpy()
    np.testing.assert_array_equal(told, ~np.isnan(truth))
    np.testing.assert_allclose(found["coverage"][told], truth[told])
    some = told & (truth > 0)
    np.testing.assert_allclose(found["high"][some], found["low"][some])


def test_a_counted_door_that_logs_nobody_has_a_coverage_of_zero_and_says_how_sure_that_is():
    rng = np.random.default_rng(1)
    sites, hours = 8, pd.date_range("2020-08-01", periods=48, freq="h", tz="Asia/Seoul", unit="us")
    came = rng.poisson(8, (sites, len(hours)))
    share = np.where(np.arange(sites) < 2, 0.0, 0.5)
    log = pd.DataFrame(
        {
            "facility_id": np.repeat([f"f{n}" for n in range(sites)], len(hours)),
            "unit_code": np.repeat([f"u{n}" for n in range(sites)], len(hours)),
            "category": "cafe",
            "hour": np.tile(hours, sites),
            "entries": rng.binomial(came, share[:, None]).ravel(),
            "missing": "",
        }
    )
    every = log[["facility_id", "hour"]].assign(counted=came.ravel())
    counts = match_counts(every[every["facility_id"].isin(["f0", "f2"])], log)
    found = visitor_coverage(log, pd.Index([f"u{n}" for n in range(sites)]), counts, seed=1)
    silent, never_counted, other = (found.units.loc[code] for code in ("u0", "u1", "u2"))
    assert (silent["visitor_coverage"], silent["visitor_coverage_low"]) == (0, 0)
    assert silent["visitor_coverage_basis"] == "counted"
    assert silent["visitor_coverage_high"] == pytest.approx(stats.beta.ppf(0.975, 0.5, came[0].sum() + 0.5))
    assert silent["visitor_coverage_high"] < 0.01 < other["visitor_coverage_low"]
    assert never_counted["visitor_coverage_basis"] == ""
    assert np.isnan(never_counted["visitor_coverage"])
    by_hour = found.hours[found.hours["unit_code"] == "u0"]
    assert (by_hour["coverage"] == 0).all()
    assert (by_hour["high"] > silent["visitor_coverage_high"]).all()


def test_order_of_rows_does_not_matter_and_the_seed_decides_the_draws(town):
    _, log, counts, group = town
    turned = np.random.default_rng(0).permutation(len(log))
    first, second = (
        coverage_by(log.iloc[order], group[order], UNITS * 24, counts, seed=5, draws=10)[0]
        for order in (np.arange(len(log)), turned)
    )
    pd.testing.assert_frame_equal(first, second)


def test_counts_beside_the_log_are_accounted_for_one_by_one():
    hours = pd.date_range("2020-08-13", periods=4, freq="h", tz="Asia/Seoul", unit="us")
    log = pd.DataFrame(
        {"facility_id": "a", "hour": hours, "entries": [3, 5, np.nan, 0], "missing": ["", "", "closed", ""]}
    )
    counts = pd.DataFrame(
        {"facility_id": ["a"] * 4 + ["b"], "hour": [*hours, hours[0]], "counted": [4, 2, 7, 0, 1]}
    )
    found = match_counts(counts, log)
    assert found.as_dict() == {
        "read": 5, "outside": 1, "not_logging": 1, "empty": 1, "above": 1, "used": 2, "facilities": 1,
    }  # fmt: skip
    assert found.rows[["counted", "logged"]].to_numpy().tolist() == [[4, 3], [5, 5]]


GOOD = "facility_id,hour,counted\nGP-001,2020-08-13T09:00:00+09:00,12\n"


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("XX-001,2020-08-13T10:00:00+09:00,3", "facility_id"),
        ("GP-001,2020-08-13T10:30:00+09:00,3", "hour"),
        ("GP-001,2020-08-13T10:00:00Z,3", "hour"),
        ("GP-001,2020-08-13 10,3", "hour"),
        ("GP-001,2020-08-13T10:00:00+09:00,-1", "counted"),
        ("GP-001,2020-08-13T10:00:00+09:00,2.5", "counted"),
        ("GP-001,2020-08-13T10:00:00+09:00,", "counted"),
        ("GP-001,2020-08-13T09:00:00+09:00,3", "facility_id + hour"),
    ],
)
def test_door_counts_that_cannot_be_are_refused_with_file_line_and_field(tmp_path, line, field):
    file = tmp_path / "counts.csv"
    file.write_text(f"{GOOD}{line}\n")
    with pytest.raises(ExtractRefused) as refused:
        read_door_counts(file, {"GP-001"})
    assert (refused.value.file, refused.value.line, refused.value.field) == (str(file), 3, field)


def test_an_extract_may_hold_door_counts_that_nobody_listed_and_nothing_else(tmp_path):
    folder = written(tmp_path / "extract")
    assert read_extract(folder).door_counts is None
    (folder / "door_counts.csv").write_text(GOOD)
    assert read_extract(folder).door_counts["counted"].tolist() == [12]
    (folder / "door_counts.csv").write_text(GOOD.replace("12", "-2"))
    with pytest.raises(ExtractRefused, match="door_counts.csv, line 2, field counted"):
        read_extract(folder)
    (folder / "door_counts.csv").unlink()
    (folder / "other.csv").write_text(GOOD)
    with pytest.raises(ExtractRefused, match="not listed"):
        read_extract(folder)
