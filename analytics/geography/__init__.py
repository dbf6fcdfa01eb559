"""Where things are: units and the codes that join them to a population, grids, points.

codes     which coding system and which vintage a set of codes is of
recode    codes of one system and day as those of another
areal     population of one set of units as that of another, by the area they share
join      population codes and units brought together by whichever of these it takes
grid      cells of the national grid and their names (국가지점번호)
crs       whether coordinates are what the file says they are
units     spatial units from a vector file

Units are whatever a run is made on: dongs, output areas or grid cells. Measuring is done in EPSG:5179 (metres).
"""

from .areal import ArealWeights, areal_weights
from .codes import Coding, detect
from .grid import cells_over, decode, encode, grid
from .join import Join, join_population
from .metres import DEGREES, METRES
from .places import centres, locate
from .recode import Recoding, recode
from .units import GAP_M, read_outline, read_units, write_units

__all__ = [
    "DEGREES",
    "GAP_M",
    "METRES",
    "ArealWeights",
    "Coding",
    "Join",
    "Recoding",
    "areal_weights",
    "cells_over",
    "centres",
    "decode",
    "detect",
    "encode",
    "grid",
    "join_population",
    "locate",
    "read_outline",
    "read_units",
    "recode",
    "write_units",
]
