"""Print the QR versions of pass and poster, as the `qrcode` library makes them at error correction M.

A pass must fit version 6, a poster version 3 for hosts of up to 25 characters; exits non-zero if one does not.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import qrcode
from qrcode.constants import ERROR_CORRECT_M

from entry_service.core import base45
from entry_service.core.passes import CODE_BYTES, PREFIX
from entry_service.core.posters import poster_id, poster_url

PASS_LIMIT, POSTER_LIMIT, LONGEST_HOST = 6, 3, 25


def version_of(text: str) -> int:
    """Return the smallest QR version that holds the text at M."""
    symbol = qrcode.QRCode(error_correction=ERROR_CORRECT_M)
    symbol.add_data(text)
    symbol.make(fit=True)
    return symbol.version


def main() -> None:
    """Print one line a symbol."""
    shown = {}
    for fill in (0x00, 0x5A, 0xFF):
        text = PREFIX + base45.encode(bytes([fill]) * CODE_BYTES)
        shown[f"pass, {CODE_BYTES} bytes, {len(text)} characters, filled with {fill:02x}"] = (text, PASS_LIMIT)
    for length in (13, 17, LONGEST_HOST, LONGEST_HOST + 5):
        host = "entry.gunpo.go.kr".rjust(length, "x")[-length:]
        text = poster_url(f"https://{host}", poster_id(b"\xff" * 10, 1023))
        limit = POSTER_LIMIT if length <= LONGEST_HOST else 40
        shown[f"poster, host of {length}, {len(text)} characters"] = (text, limit)
    too_large = False
    for name, (text, limit) in shown.items():
        version = version_of(text)
        too_large |= version > limit
        print(f"{name:56} version {version}-M, {17 + 4 * version} modules")
    sys.exit(too_large)


if __name__ == "__main__":
    main()
