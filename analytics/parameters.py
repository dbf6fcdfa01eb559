"""What a run is asked for: every number that decides something, with its default and its reason."""

from dataclasses import asdict, dataclass
from datetime import date

from .refusals import InputRefused


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Parameters of one run; all of them are written into summary.json.

    Attributes
    ----------
    seed : int
        Same input, same seed, same result.
    replicates, gi_replicates : int
        Draws of the null: for the scans (999 gives p down to 0.001), and for Gi*, where the false discovery rate
        among hundreds of units needs finer p-values.
    alpha : float
        A unit is hot if it lies in a person-based cluster with p ≤ alpha.
    max_days, max_radius_m, max_share
        Largest window: consecutive days, radius (a single unit is always a window), share of all observable
        person-hours. Small, so that a cluster is a place where somebody can be sent.
    min_persons : int
        Fewest distinct persons in a cluster.
    min_person_hours : float
        A unit with fewer observable person-hours in the whole period is too thin to judge on its own: no data,
        unless it is hot. Of five, chance alone takes or gives almost half.
    exclude_categories : tuple of text
        Facility categories whose visits are left out.
    known_by : date, optional
        Use only visits known by the end of this day (replay); default: all of the extract.
    """

    seed: int = 1
    replicates: int = 999
    gi_replicates: int = 9_999
    alpha: float = 0.05
    max_days: int = 7
    max_radius_m: float = 1_500.0
    max_share: float = 0.25
    min_persons: int = 2
    min_person_hours: float = 5.0
    exclude_categories: tuple[str, ...] = ()
    known_by: date | None = None

    def __post_init__(self) -> None:
        rules = (
            ("replicates", self.replicates >= 99, "at least 99"),
            ("gi_replicates", self.gi_replicates >= 99, "at least 99"),
            ("alpha", 0 < self.alpha < 1, "between 0 and 1"),
            ("max_days", self.max_days >= 1, "at least 1"),
            ("max_radius_m", self.max_radius_m >= 0, "zero or more metres"),
            ("max_share", 0 < self.max_share <= 1, "above 0 and at most 1"),
            ("min_persons", self.min_persons >= 2, "at least 2"),
            ("min_person_hours", self.min_person_hours >= 0, "zero or more"),
            ("seed", self.seed >= 0, "zero or more"),
        )
        for name, holds, rule in rules:
            if not holds:
                raise InputRefused(f"must be {rule}, not {getattr(self, name)}", field=name)

    def as_dict(self) -> dict[str, object]:
        """Return the parameters as JSON can hold them."""
        known_by = self.known_by.isoformat() if self.known_by else None
        return asdict(self) | {"exclude_categories": list(self.exclude_categories), "known_by": known_by}
