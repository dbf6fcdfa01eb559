"""The tests of test_cards.py, with the vault in a process of its own."""

from tests.usecases.doors import test_cards

from .bringing import everything_of

globals().update(everything_of(test_cards))
