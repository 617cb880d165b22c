"""Colour words and what they stand for: hue in degrees, saturation and value in 0..1, each with the range that is drawn from."""
import colorsys

import numpy as np

# word: (hue centre, hue half-width, saturation range, value range)
WORDS = {
    "red": (0, 6, (.78, .95), (.72, .92)),
    "orange": (27, 6, (.8, .98), (.88, 1)),
    "yellow": (50, 5, (.72, .95), (.92, 1)),
    "green": (118, 16, (.6, .88), (.5, .75)),
    "teal": (178, 8, (.65, .95), (.5, .68)),
    "blue": (214, 8, (.7, .92), (.78, .97)),
    "navy": (226, 8, (.65, .9), (.26, .4)),
    "purple": (275, 10, (.55, .8), (.55, .78)),
    "pink": (335, 10, (.32, .52), (.93, 1)),
    "brown": (24, 6, (.55, .75), (.36, .52)),
    "beige": (36, 8, (.16, .28), (.86, .95)),
    "black": (0, 180, (0, .15), (.03, .12)),
    "grey": (0, 180, (0, .06), (.45, .65)),
    "white": (0, 180, (0, .03), (.95, 1)),
}
NAMES = tuple(WORDS)
# Words a coloured thing can be turned to by rotating its hue alone.
HUES = ("red", "orange", "yellow", "green", "teal", "blue", "purple", "pink")


def draw(rng, word):
    """One RGB colour in 0..1 that the word describes."""
    hue, spread, saturation, value = WORDS[word]
    h = (hue + rng.uniform(-spread, spread)) % 360 / 360
    return np.array(colorsys.hsv_to_rgb(h, rng.uniform(*saturation), rng.uniform(*value)), np.float32)


def lightness(rgb):
    """Rec. 709 luma in 0..1."""
    return float(np.dot(rgb, (.2126, .7152, .0722)))


def pair(rng):
    """Two different colour words."""
    a, b = rng.choice(len(NAMES), 2, replace=False)
    return NAMES[a], NAMES[b]
