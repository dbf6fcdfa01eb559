"""What one run of `scan` is asked: files and choices."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from .periods import TimeUnit
from .places import CoordinatesType

Model = Literal["poisson", "bernoulli", "permutation"]
Analysis = Literal["spatial", "space-time", "prospective"]


@dataclass(frozen=True)
class Asked:
    """Files and choices of one run; None means: decided by the files, or SaTScan's default.

    Attributes
    ----------
    start, end : date, both within the study period
    max_population : largest share of a circle: of expected cases (Poisson), cases, or cases + controls (Bernoulli)
    max_radius : km (latlon) or the unit of the coordinates
    max_duration : longest window in time units; by default half the study period
    stop_after : end the draws of the null when so many have reached the most likely cluster
    first_look : a day in the last interval of the first of all prospective analyses
    rounds : scan again without the most likely cluster, so often at most; by default once
    """

    cases: Path
    coordinates: Path
    population: Path | None
    controls: Path | None
    model: Model
    analysis: Analysis
    time_unit: TimeUnit
    coordinates_type: CoordinatesType
    start: date | None = None
    end: date | None = None
    max_population: float = 0.5
    max_radius: float | None = None
    max_duration: int | None = None
    replicates: int = 999
    stop_after: int | None = None
    first_look: date | None = None
    rounds: int | None = None
    seed: int = 1
