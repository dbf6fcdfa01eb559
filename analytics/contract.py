"""The contract with the entry log: extracts are read here, verified, and written for published route lists."""

from .extract_reading import Extract, read_extract
from .extract_writing import write_extract
from .refusals import ExtractRefused

__all__ = ["Extract", "ExtractRefused", "read_extract", "write_extract"]
