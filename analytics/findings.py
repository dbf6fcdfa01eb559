"""What a finished run found."""

from dataclasses import dataclass

import pandas as pd

from .coverage import VisitorCoverage
from .study import Study
from .verdict import Verdict


@dataclass(frozen=True)
class Findings:
    """A finished run.

    Attributes
    ----------
    study : what went in
    verdict : what came out for every unit
    visitors : which share of visitors the log saw
    blind_spots, emerging : the tables of contract/results.json
    summary : what all of it rests on
    """

    study: Study
    verdict: Verdict
    visitors: VisitorCoverage
    blind_spots: pd.DataFrame
    emerging: pd.DataFrame
    summary: dict[str, object]
