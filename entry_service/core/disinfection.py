"""What a disinfection team notes at a stop of the plan, and when the place may open again.

The rule of 2020 (중앙방역대책본부, 소독 안내): where sodium hypochlorite of 1,000 ppm or more was used, a place
stays closed until the next day; after other agents it opens by agreement with the facility, once it is aired.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from .remark_rules import holds_own_number
from .times import kst_day

State = Literal["done", "could_not"]
Agent = Literal["hypochlorite", "quat", "alcohol", "peroxide"]
Surface = Literal[
    "handles", "lift", "rails", "tables", "chairs", "toilets", "switches", "devices", "counter", "floor"
]  # fmt: skip
Obstacle = Literal["closed", "refused", "not_found", "no_time", "no_supplies", "other"]
STATES: tuple[State, ...] = get_args(State)
AGENTS: tuple[Agent, ...] = get_args(Agent)
SURFACES: tuple[Surface, ...] = get_args(Surface)
OBSTACLES: tuple[Obstacle, ...] = get_args(Obstacle)
HYPOCHLORITE: Agent = "hypochlorite"
STRONG = 1_000  # ppm of available chlorine from which a place stays closed until the next day
LONGEST_REMARK = 200
HIDDEN = "(번호 지움)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCheck:
    """What one phone noted at one stop: once, under an id that the phone made.

    Attributes
    ----------
    day : the day of the plan, by which the row is destroyed
    agent, ppm : what was used; empty and None at a visit, or where nothing was done
    surfaces : high-touch surfaces that were disinfected
    aired_minutes : how long the place was aired; None where it was not
    obstacle : why nothing was done; empty where it was
    started_at, ended_at : the work, by the clock of the phone
    judged_at : the end of it by the clock of the service, which decides which of two notes is the newer
    """

    check_id: str
    plan_id: str
    day: date
    stop_id: str
    team: int
    state: State
    agent: str = ""
    ppm: int | None = None
    surfaces: tuple[str, ...] = ()
    aired_minutes: int | None = None
    obstacle: str = ""
    remark: str = ""
    started_at: datetime
    ended_at: datetime
    judged_at: datetime
    received_at: datetime
    account_id: str

    @property
    def reopens(self) -> date | None:
        """Return the day from which the place may open; None by agreement, or where nothing was disinfected."""
        return reopening_day(self.agent, self.ppm, self.judged_at)

    @property
    def told(self) -> tuple[object, ...]:
        """Return what the phone told: another row with the same id and the same of this is the same note."""
        return (
            self.plan_id,
            self.stop_id,
            self.team,
            self.state,
            self.agent,
            self.ppm,
            self.surfaces,
            self.aired_minutes,
            self.obstacle,
            self.remark,
            self.started_at,
            self.ended_at,
            self.account_id,
        )


def standing_note(notes: Sequence[FieldCheck], plan_id: str) -> FieldCheck | None:
    """Return the note that tells how a stop of a plan stands; ``notes`` are the day's, the newest first.

    What was done under another plan of the day is done. What could not be done there is open again here, so that
    of another plan only a newest note that says "done" counts.
    """
    if not notes:
        return None
    if notes[0].plan_id == plan_id or notes[0].state == "done":
        return notes[0]
    return next((note for note in notes if note.plan_id == plan_id), None)


def reopening_day(agent: str, ppm: int | None, ended_at: datetime) -> date | None:
    """Return the day after strong hypochlorite, None where the day is agreed on with the facility.

    >>> from datetime import UTC
    >>> reopening_day("hypochlorite", 1_000, datetime(2020, 8, 25, 6, tzinfo=UTC))
    datetime.date(2020, 8, 26)
    >>> reopening_day("alcohol", None, datetime(2020, 8, 25, 6, tzinfo=UTC)) is None
    True
    """
    strong = agent == HYPOCHLORITE and ppm is not None and ppm >= STRONG
    return kst_day(ended_at) + timedelta(days=1) if strong else None


def without_numbers(remark: str) -> str:
    """Return the remark, or what stands for it where it holds a number that is a person's own.

    The page refuses such a remark before it is kept; here nothing that happened is refused for it.
    """
    return HIDDEN if holds_own_number(remark) else remark.strip()
