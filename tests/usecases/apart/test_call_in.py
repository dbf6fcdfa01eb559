"""The tests of test_call_in.py, with the vault in a process of its own."""

from tests.usecases.doors import test_call_in

from .bringing import everything_of

globals().update(everything_of(test_call_in))
