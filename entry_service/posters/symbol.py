"""QR symbols of posters: ``qrcode`` encodes the text, the eight masks are judged and the pixels made at once.

``qrcode`` builds and judges each mask module by module and draws a rectangle a module, which is most of its time.
Here its matrix for one mask is turned into all eight by exclusive-or, judged by the penalty rules of ISO/IEC 18004
(7.8.3) in arrays, and enlarged once (benchmarks/qr_rendering.py measures both).
"""

from functools import cache

import numpy as np
from PIL import Image
from qrcode import QRCode, main, util
from qrcode.constants import ERROR_CORRECT_M

QUIET_ZONE = 4  # modules of white that the standard asks for on each side
_FINDER = (0b10111010000, 0b00001011101)  # looks like a finder pattern with its white beside it
_MASKS = 8


def modules_of(text: str) -> np.ndarray:
    """Return the QR symbol of a text at level M as booleans, dark is true; shape (17 + 4 v, 17 + 4 v).

    Text of the alphanumeric alphabet is held in the dense mode, any other in bytes; no quiet zone is included.
    """
    symbol = QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=0)
    symbol.add_data(text, optimize=0)
    symbol.make(fit=False)  # asked for its version, the library finds the smallest that fits; once is enough
    drawn = np.array(symbol.modules, dtype=bool)
    candidates = drawn ^ _mask_changes(symbol.version)
    return candidates[_penalties(candidates).argmin()]


def draw_symbol(modules: np.ndarray, module: int) -> Image.Image:
    """Return the symbol as a grey picture, ``module`` pixels a module, the quiet zone around it."""
    light = np.full([len(modules) + 2 * QUIET_ZONE] * 2, 255, dtype=np.uint8)
    light[QUIET_ZONE:-QUIET_ZONE, QUIET_ZONE:-QUIET_ZONE][modules] = 0
    side = len(light) * module
    return Image.fromarray(light).resize((side, side), Image.Resampling.NEAREST)


@cache
def _mask_changes(version: int) -> np.ndarray:
    """Return what turns a symbol of mask 0 into the symbol of each mask, (8, n, n): data and format modules."""
    drawn = [_blank(version, mask) for mask in range(_MASKS)]
    data = np.array([[module is None for module in row] for row in drawn[0]])
    rows, columns = np.indices(data.shape)
    flips = np.zeros((_MASKS, *data.shape), dtype=bool)
    for mask in range(_MASKS):
        flip = util.mask_func(mask)
        flips[mask] = [[flip(row, column) for column in columns[0]] for row in rows[:, 0]]
    fixed = np.array([[[bool(module) for module in row] for row in rows] for rows in drawn])
    return np.where(data, flips ^ flips[0], fixed ^ fixed[0])


def _blank(version: int, mask: int) -> list[list[bool | None]]:
    """Return the function patterns and the format bits of a mask; modules that hold data are None."""
    symbol = QRCode(version, ERROR_CORRECT_M)
    symbol.add_data("", optimize=0)
    symbol.makeImpl(False, mask)  # leaves the function patterns of this version in the cache of the library
    symbol.modules = main.copy_2d_array(main.precomputed_qr_blanks[version])
    symbol.setup_type_info(False, mask)
    if version >= 7:
        symbol.setup_type_number(False)
    return symbol.modules


def _penalties(candidates: np.ndarray) -> np.ndarray:
    """Return the penalty of each candidate (k, n, n): runs, blocks, false finders, imbalance; less is better."""
    lines = np.stack([candidates, candidates.transpose(0, 2, 1)], axis=1)  # rows, and columns as rows
    same = lines[..., 1:] == lines[..., :-1]
    five = same[..., :-3] & same[..., 1:-2] & same[..., 2:-1] & same[..., 3:]
    begins = five[..., 1:] & ~five[..., :-1]
    runs = _total(five) + 2 * (_total(begins) + _total(five[..., :1]))  # a run of L ≥ 5 costs L - 2
    side_by_side = same[:, 0]
    stacked = candidates[:, 1:] == candidates[:, :-1]
    blocks = _total(side_by_side[:, 1:] & side_by_side[:, :-1] & stacked[..., 1:])
    codes = _elevens(lines)
    finders = _total((codes == _FINDER[0]) | (codes == _FINDER[1]))
    imbalance = np.abs(candidates.mean(axis=(1, 2)) * 20 - 10).astype(int)  # steps of 5 % away from half
    return runs + 3 * blocks + 40 * finders + 10 * imbalance


def _elevens(lines: np.ndarray) -> np.ndarray:
    """Return each eleven neighbours of a line as one number; the last axis is ten shorter."""
    bits = lines.astype(np.uint16)
    twos = bits[..., :-1] << 1 | bits[..., 1:]
    fours = twos[..., :-2] << 2 | twos[..., 2:]
    eights = fours[..., :-4] << 4 | fours[..., 4:]
    return eights[..., :-3] << 3 | fours[..., 7:] & 0b111


def _total(flags: np.ndarray) -> np.ndarray:
    return flags.reshape(len(flags), -1).sum(axis=1)
