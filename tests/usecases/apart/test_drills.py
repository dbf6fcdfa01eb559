"""The tests of test_drills.py, with the vault in a process of its own."""

from tests.usecases.drills import test_drills

from .bringing import everything_of

globals().update(everything_of(test_drills))
