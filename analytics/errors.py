"""Refusals of the analytics: one clear sentence that names file, row and field, shown as it is by the command.

Refused (ValueError)
├── UnitsRefused      a file of spatial units that cannot be used
├── NothingToJudge    nothing is left that a statistic could judge
└── OutputRefused     a folder that must not be written or replaced
"""


class Refused(ValueError):
    """The analytics cannot use this input; the message says which file, row and field, and why."""


class UnitsRefused(Refused):
    """A file of spatial units without usable codes, geometry or coordinate system."""


class NothingToJudge(Refused):
    """No visit, or no observable person-hour, is left to judge; the message says where they went."""


class OutputRefused(Refused):
    """The folder asked for is not a result folder of ours, or cannot be written."""
