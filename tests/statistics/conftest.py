"""Maps the statistics are tried on: the classical data sets, a lattice, and random little ones."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from analytics.statistics import weights


def lattice(side: int, *, step: float = 250.0) -> pd.DataFrame:
    """Return the centres of side × side cells in metres, index "c000"…"""
    codes = pd.Index([f"c{number:03d}" for number in range(side * side)], name="unit_code")
    return pd.DataFrame(
        {"x": np.tile(np.arange(side), side) * step, "y": np.repeat(np.arange(side), side) * step}, index=codes
    )


@pytest.fixture
def cells() -> pd.DataFrame:
    """Return a lattice of 8 × 8 cells of 250 m."""
    return lattice(8)


@pytest.fixture
def queen(cells) -> sparse.csr_array:
    """Return the neighbours of the lattice, corners included."""
    return weights.distance_band(cells, 250 * 2**0.5)


@pytest.fixture
def cut_off(cells, queen) -> sparse.csr_array:
    """Return the neighbours of the lattice, where cell c003 has none."""
    others = sparse.diags_array((cells.index != "c003").astype(float))
    alone = sparse.csr_array(others @ queen @ others)
    alone.eliminate_zeros()
    return alone


@pytest.fixture(scope="session")
def new_york(reference_data) -> pd.DataFrame:
    """Return New York leukaemia as given to SaTScan: cases, population, lat, lon of 281 tracts."""
    golden = reference_data / "golden"
    read = {"sep": " ", "header": None, "index_col": "code"}
    cases = pd.read_csv(golden / "satscan_ny_cases.txt", names=["code", "cases", "year"], **read)
    people = pd.read_csv(golden / "satscan_ny_pop.txt", names=["code", "year", "population"], **read)
    places = pd.read_csv(golden / "satscan_ny_coords.txt", names=["code", "lat", "lon"], **read)
    return cases[["cases"]].join(people["population"]).join(places)


@pytest.fixture(scope="session")
def north_carolina(reference_data) -> pd.DataFrame:
    """Return sudden infant deaths of 100 counties, index name, with FIPS."""
    counties = pd.read_csv(reference_data / "classical" / "spData_nc.sids.csv").set_index("name")
    rates = pd.read_csv(reference_data / "golden" / "spdep_rates_ncsids.csv", dtype={"FIPS": str})
    return counties.assign(FIPS=rates.set_index("NAME")["FIPS"])


@pytest.fixture(scope="session")
def golden(reference_data):
    """Return a reader of golden tables: golden(name) → frame, codes as text."""

    def read(name: str) -> pd.DataFrame:
        return pd.read_csv(reference_data / "golden" / name, dtype={"FIPS": str, "from": str, "to": str})

    return read


@pytest.fixture(scope="session")
def edges_to_weights():
    """Return a maker of weights from a golden edge list in the order of the codes given."""

    def make(edges: pd.DataFrame, codes: pd.Series) -> sparse.csr_array:
        place = pd.Series(range(len(codes)), index=codes.to_numpy())
        rows, columns = place[edges["from"]].to_numpy(), place[edges["to"]].to_numpy()
        return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(codes), len(codes)))

    return make
