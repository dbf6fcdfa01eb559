"""Looks of the map as colour-blind eyes see them: looks of one layer that could be confused differ by pattern.

Machado, Oliveira & Fernandes (2009), severity 1.0, on linear light; differences are CIE76 in CIELAB.
"""

import itertools

import numpy as np
import pytest

from .browser import serving

EYES = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = TO_XYZ.sum(axis=1)
APART = 8  # CIE76; 2.3 is what can just be told side by side
MARKED = 12  # of a pattern from its ground


@pytest.fixture(scope="module")
def looks(kept_chromium):
    """Return the looks of every layer as the page's own module has them."""
    from entry_service import create_app
    from entry_service.settings import Settings

    with serving(create_app(Settings(demo=True))) as origin, kept_chromium.lent() as browser:
        page = browser.new_page()
        page.goto(f"{origin}/healthz")
        found = page.evaluate("() => import('/static/js/officer/map-colours.js').then(({ LOOKS }) => LOOKS)")
        page.close()
    return found


def lab(colour, eye):
    """Return the colour in CIELAB as an eye sees it."""
    stored = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    light = np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)
    ratio = TO_XYZ @ np.clip(EYES[eye] @ light, 0, 1) / WHITE
    root = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def apart(one, other, eye):
    return float(np.linalg.norm(lab(one, eye) - lab(other, eye)))


@pytest.mark.parametrize("eye", EYES)
def test_looks_of_a_layer_are_told_apart_by_colour_or_by_pattern(looks, eye):
    close = []
    for layer, known in looks.items():
        for one, other in itertools.combinations(known, 2):
            if one["pattern"] == other["pattern"] and apart(one["ground"], other["ground"], eye) < APART:
                marks = one["pattern"] != "plain" and apart(one["mark"], other["mark"], eye) >= APART
                if not marks:
                    close.append((layer, one["ground"], other["ground"]))
    assert close == []


@pytest.mark.parametrize("eye", EYES)
def test_a_pattern_stands_out_of_its_ground(looks, eye):
    patterned = [look for known in looks.values() for look in known if look["pattern"] != "plain"]
    faint = [look for look in patterned if apart(look["ground"], look["mark"], eye) < MARKED]
    assert faint == []


@pytest.mark.parametrize("eye", EYES)
def test_a_rise_gets_darker_step_by_step(looks, eye):
    for layer in ("surge", "coverage"):
        lightness = [lab(look["ground"], eye)[0] for look in looks[layer][1:]]
        assert all(darker < lighter - 5 for lighter, darker in itertools.pairwise(lightness)), layer
