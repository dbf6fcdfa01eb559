"""The tests of test_drill_end.py, with the vault in a process of its own."""

from tests.usecases.drills import test_drill_end

from .bringing import everything_of

globals().update(everything_of(test_drill_end))
