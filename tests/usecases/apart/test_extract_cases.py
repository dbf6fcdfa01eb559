"""The tests of test_extract_cases.py, with the vault in a process of its own."""

from tests.usecases.hotspots import test_extract_cases

from .bringing import everything_of

globals().update(everything_of(test_extract_cases))
