"""Where to send whom this afternoon: disinfection and visits with routes, and testing sites."""

from .make import make_plan
from .model import Plan
from .parameters import PlanParameters, asked

__all__ = ["Plan", "PlanParameters", "asked", "make_plan"]
