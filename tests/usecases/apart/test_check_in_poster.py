"""The tests of test_check_in_poster.py, with the vault in a process of its own."""

from tests.usecases.doors import test_check_in_poster

from .bringing import everything_of

globals().update(everything_of(test_check_in_poster))
