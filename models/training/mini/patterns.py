"""Procedural pictures with captions: materials, repeating patterns, gradients and plain shapes, of one or two colour words.

Every kind is a function (rng, colours [k][3] in 0..1) -> RGB [2 SIZE, 2 SIZE, 3] in 0..1, drawn at twice the size and averaged
down, and a tuple of caption templates whose {a} and {b} are the colour words.
"""
import cv2
import numpy as np

import colours

SIZE = 64
BIG = 2 * SIZE
ROW, COLUMN = np.mgrid[0:BIG, 0:BIG].astype(np.float32) / BIG


def noise(rng, cells, octaves=4, stretch=(1, 1)):
    """Fractal value noise in 0..1 with `cells` cells a side at its coarsest, stretched by (rows, columns)."""
    out, weight, total = np.zeros((BIG, BIG), np.float32), 1.0, 0.0
    for k in range(octaves):
        rows, columns = (max(2, int(cells * 2 ** k / s)) for s in stretch)
        out += weight * cv2.resize(rng.random((rows, columns), np.float32), (BIG, BIG), interpolation=cv2.INTER_CUBIC)
        total += weight
        weight *= .5
    out /= total
    return np.clip((out - out.min()) / (np.ptp(out) + 1e-6), 0, 1)


def mix(mask, a, b):
    """Colour b where the mask [h,w] is 0, a where it is 1."""
    return b + mask[..., None] * (a - b)


def shade(colour, amount):
    """Darker for amount < 0, lighter for amount > 0."""
    return colour * (1 + amount) if amount < 0 else colour + (1 - colour) * amount


def rotated(rng, angles=(0, 45, 90, 135)):
    """Coordinates (u, v) turned by one of the angles, with a random offset."""
    t = np.deg2rad(rng.choice(angles))
    return COLUMN * np.cos(t) + ROW * np.sin(t) + rng.random(), ROW * np.cos(t) - COLUMN * np.sin(t) + rng.random()


def marble(rng, c):
    field = np.sin(2 * np.pi * (rng.uniform(1, 2) * rotated(rng)[0] + rng.uniform(1.2, 2.4) * noise(rng, 3, 5)))
    vein = np.clip(1 - np.abs(field) * rng.uniform(2.2, 3.5), 0, 1) ** 1.3
    base = mix(.5 * noise(rng, 3), shade(c[0], .35), c[0])
    veins = c[1] if len(c) > 1 else shade(c[0], .75 if colours.lightness(c[0]) < .45 else -.55)
    return mix(vein * .85, veins, base)


def wood(rng, c):
    across, along = (COLUMN, ROW) if rng.random() < .6 else (ROW, COLUMN)
    stretch = (4, .6) if across is COLUMN else (.6, 4)
    rings = .5 + .5 * np.sin(2 * np.pi * (rng.uniform(4, 7) * across + 2.2 * noise(rng, 3, 2, stretch)))
    fibre = noise(rng, 24, 2, (8, 1) if across is COLUMN else (1, 8))
    return mix(.6 * rings + .4 * fibre, shade(c[0], .18), shade(c[0], -.45))


def clouds(rng, c):
    cover = np.clip((noise(rng, 3, 5, (1, .6)) - .42) * 3.2, 0, 1)
    white = c[1] if len(c) > 1 else np.array([.97, .97, .99], np.float32)
    return mix(cover, white, mix(ROW, shade(c[0], .25), c[0]))


def checkers(rng, c):
    n = rng.integers(3, 7)
    return mix(((np.floor(COLUMN * n) + np.floor(ROW * n)) % 2), c[0], c[1])


def stripes(rng, c):
    return mix((rotated(rng)[0] * rng.integers(4, 8) % 1 < .5).astype(np.float32), c[0], c[1])


def horizontal_stripes(rng, c):
    return mix((ROW * rng.integers(3, 7) % 1 < .5).astype(np.float32), c[0], c[1])


def dots(rng, c):
    n = rng.integers(3, 6)
    shift = .5 * (np.floor(ROW * n) % 2) if rng.random() < .5 else 0
    u, v = (COLUMN * n + shift) % 1 - .5, ROW * n % 1 - .5
    return mix((np.hypot(u, v) < rng.uniform(.24, .34)).astype(np.float32), c[0], c[1])


def grain(rng, c):
    g = cv2.resize(rng.random((SIZE, SIZE), np.float32), (BIG, BIG), interpolation=cv2.INTER_NEAREST)
    return mix(g, shade(c[0], .35), shade(c[0], -.4))


def brick(rng, c):
    rows = rng.integers(5, 8)
    r = np.floor(ROW * rows)
    u, v = (COLUMN * rows / 2 + .5 * (r % 2)) % 1, ROW * rows % 1
    joint = ((u < .07) | (v < .14)).astype(np.float32)
    tone = cv2.resize(rng.random((rows, rows), np.float32), (BIG, BIG), interpolation=cv2.INTER_NEAREST)
    mortar = c[1] if len(c) > 1 else shade(c[0], .6 if colours.lightness(c[0]) < .5 else -.5)
    return mix(joint, mortar, mix(.7 * tone + .3 * noise(rng, 12, 2), shade(c[0], .12), shade(c[0], -.25)))


def waves(rng, c):
    n, amplitude = rng.integers(4, 7), rng.uniform(.25, .45)
    phase = ROW * n + amplitude * np.sin(2 * np.pi * COLUMN * rng.integers(2, 4))
    return mix((phase % 1 < .5).astype(np.float32), c[0], c[1])


def plaid(rng, c):
    n = rng.integers(3, 5)
    u, v = (COLUMN * n % 1 < .5).astype(np.float32), (ROW * n % 1 < .5).astype(np.float32)
    thin = ((np.abs(COLUMN * n % 1 - .75) < .06) | (np.abs(ROW * n % 1 - .75) < .06)).astype(np.float32)
    return mix(.55 * thin, shade(c[1], .5), mix(.5 * (u + v), c[0], c[1]))


def star_mask(u, v, radius):
    """1 inside a five-pointed star with its centre at u = v = 0."""
    from_tip = 1 - np.abs(2 * (np.arctan2(u, -v) * 5 / (2 * np.pi) % 1) - 1)  # 0 at a tip, 1 between two
    return (np.hypot(u, v) < radius * .42 / (.42 + .58 * from_tip)).astype(np.float32)


def stars(rng, c):
    n = rng.integers(3, 5)
    shift = .5 * (np.floor(ROW * n) % 2)
    return mix(star_mask((COLUMN * n + shift) % 1 - .5, ROW * n % 1 - .5, rng.uniform(.4, .48)), c[0], c[1])


def hexagons(rng, c):
    n = rng.uniform(4, 6)
    x, y = COLUMN * n, ROW * n / .866
    best = np.full((BIG, BIG), 9., np.float32)
    for parity in (0, 1):
        u = (x - .5 * parity + .5) % 1 - .5
        v = ((y - parity + 1) % 2 - 1) * .866
        d = np.maximum(np.abs(u), .5 * np.abs(u) + .866 * np.abs(v))
        best = np.minimum(best, d)
    return mix((best < .42).astype(np.float32), c[0], c[1] if len(c) > 1 else shade(c[0], -.6 if colours.lightness(c[0]) > .3 else .6))


def gradient(rng, c):
    t = np.clip(ROW if rng.random() < .7 else COLUMN, 0, 1)
    return mix(1 - t, c[0], c[1])


def zigzag(rng, c):
    n, k = rng.integers(4, 7), rng.integers(2, 4)
    return mix(((ROW * n + np.abs(COLUMN * 2 * k % 2 - 1)) % 1 < .5).astype(np.float32), c[0], c[1])


def rings(rng, c):
    return mix((np.hypot(COLUMN - .5, ROW - .5) * rng.integers(6, 10) % 1 < .5).astype(np.float32), c[0], c[1])


def cells(rng, count):
    """Distance to the nearest and second nearest of `count` points, and the nearest's index."""
    points = rng.random((count, 2), np.float32)
    d = np.stack([np.hypot(COLUMN - px, ROW - py) for px, py in points])
    two = np.partition(d, 1, axis=0)[:2]
    return two[0], two[1], d.argmin(0)


def mosaic(rng, c):
    near, next_, which = cells(rng, rng.integers(18, 30))
    tone = rng.random(40)[which].astype(np.float32)
    base = mix(tone, c[0], c[1]) if len(c) > 1 else mix(tone, shade(c[0], .45), shade(c[0], -.3))
    return base * (1 - .75 * (next_ - near < .022))[..., None]


def stones(rng, c):
    near, next_, which = cells(rng, rng.integers(14, 24))
    tone = mix(rng.random(40)[which].astype(np.float32), shade(c[0], .3), shade(c[0], -.15))
    return tone * (.35 + .65 * np.clip((next_ - near) * 12, 0, 1) - .15 * noise(rng, 12, 2))[..., None]


def grid(rng, c):
    n = rng.integers(4, 8)
    return mix(((COLUMN * n % 1 < .16) | (ROW * n % 1 < .16)).astype(np.float32), c[0], c[1])


def fur(rng, c):
    return mix(noise(rng, 20, 2, (5, .7)), shade(c[0], .3), shade(c[0], -.5))


def water(rng, c):
    field = np.abs(noise(rng, 4, 3, (.6, 1.4)) - .5) * 2
    return mix(np.clip(1 - field * 4, 0, 1), shade(c[0], .75), mix(noise(rng, 3, 2), c[0], shade(c[0], -.25)))


def camouflage(rng, c):
    a, b = noise(rng, 4, 2), noise(rng, 4, 2)
    out = mix((a > .52).astype(np.float32), shade(c[0], -.45), c[0])
    return mix((b > .62).astype(np.float32), shade(c[0], .4), out)


def plain(rng, c):
    return np.broadcast_to(c[0], (BIG, BIG, 3))


def shape(mask):
    """A kind that puts one plain shape of colour a on colour b."""
    def draw(rng, c):
        r = rng.uniform(.3, .38)
        return mix(mask(COLUMN - .5, ROW - .5, r).astype(np.float32), c[0], c[1])
    return draw


def heart_mask(u, v, r):
    x, y = u / r * 1.15, -v / r * 1.15 + .2
    return (x * x + y * y - 1) ** 3 - x * x * y * y * y < 0


circle = shape(lambda u, v, r: np.hypot(u, v) < r)
square = shape(lambda u, v, r: np.maximum(np.abs(u), np.abs(v)) < .85 * r)
triangle = shape(lambda u, v, r: (v < .75 * r) & (np.abs(u) * 1.75 - v < .95 * r))
diamond = shape(lambda u, v, r: np.abs(u) + np.abs(v) < r * 1.1)
ring = shape(lambda u, v, r: np.abs(np.hypot(u, v) - .8 * r) < .22 * r)
star = shape(lambda u, v, r: star_mask(u, v, 1.25 * r))
heart = shape(heart_mask)

# kind: (function, colour words it takes, caption templates, weight)
KINDS = {
    "marble": (marble, 1, ("{a} marble texture", "{a} marble", "polished {a} marble texture"), 3),
    "veined marble": (marble, 2, ("{a} marble texture with {b} veins", "{a} marble with {b} veins"), 1),
    "wood": (wood, 1, ("{a} wood texture", "{a} wood", "{a} wood grain texture"), 2),
    "clouds": (clouds, 1, ("{a} sky with clouds", "{a} clouds texture", "clouds on a {a} sky"), 2),
    "checkers": (checkers, 2, ("{a} and {b} checkerboard pattern", "{a} and {b} checkered pattern", "{b} and {a} checkerboard pattern"), 2),
    "stripes": (stripes, 2, ("{a} and {b} striped pattern", "{a} and {b} stripes", "{b} and {a} striped pattern"), 2),
    "horizontal stripes": (horizontal_stripes, 2, ("{a} and {b} horizontal stripes", "horizontal {a} and {b} stripes"), 1),
    "dots": (dots, 2, ("{a} dots on {b}", "{a} polka dots on a {b} background", "{a} polka dot pattern on {b}"), 2),
    "grain": (grain, 1, ("{a} noise texture", "{a} grain texture", "{a} noise"), 1),
    "brick": (brick, 1, ("{a} brick wall texture", "{a} brick wall", "{a} bricks"), 2),
    "waves": (waves, 2, ("{a} and {b} waves pattern", "{a} and {b} wavy pattern", "{b} and {a} waves pattern"), 1),
    "plaid": (plaid, 2, ("{a} and {b} plaid pattern", "{a} and {b} tartan", "{b} and {a} plaid pattern"), 1),
    "stars": (stars, 2, ("{a} stars on {b}", "{a} stars pattern on a {b} background", "{a} star pattern on {b}"), 1.5),
    "hexagons": (hexagons, 1, ("{a} hexagon pattern", "{a} hexagons", "{a} honeycomb pattern"), 1),
    "two hexagons": (hexagons, 2, ("{a} hexagons on {b}", "{a} hexagon pattern on {b}"), 1),
    "gradient": (gradient, 2, ("{a} to {b} gradient", "gradient from {a} to {b}", "{a} and {b} gradient"), 2),
    "zigzag": (zigzag, 2, ("{a} and {b} zigzag pattern", "{a} and {b} chevron pattern", "{b} and {a} zigzag pattern"), 1),
    "rings": (rings, 2, ("{a} and {b} rings", "{a} and {b} concentric circles", "{a} and {b} target pattern"), 1),
    "mosaic": (mosaic, 1, ("{a} mosaic pattern", "{a} stained glass texture", "{a} mosaic"), 1),
    "two mosaic": (mosaic, 2, ("{a} and {b} mosaic pattern", "{a} and {b} stained glass texture"), 1),
    "stones": (stones, 1, ("{a} stone wall texture", "{a} cobblestone texture", "{a} stones"), 1.5),
    "grid": (grid, 2, ("{a} grid on {b}", "{a} grid lines on a {b} background"), 1),
    "fur": (fur, 1, ("{a} fur texture", "{a} fur"), 1),
    "water": (water, 1, ("{a} water texture", "{a} water"), 1),
    "camouflage": (camouflage, 1, ("{a} camouflage pattern", "{a} camouflage"), 1),
    "plain": (plain, 1, ("plain {a} background", "{a}", "solid {a}"), .7),
    **{name: (f, 2, (f"{{a}} {name} on a {{b}} background", f"{{a}} {name} on {{b}}", f"{{a}} {name} icon on a {{b}} background"), .9)
       for name, f in (("circle", circle), ("square", square), ("triangle", triangle), ("diamond", diamond), ("ring", ring), ("star", star), ("heart", heart))},
}


def colours_of(kind, words, rng):
    """RGB values for the words, drawn again until two of them can be told apart."""
    while True:
        c = [colours.draw(rng, w) for w in words]
        if len(c) < 2 or np.abs(c[0] - c[1]).max() > .18:
            return c


def render(kind, words, rng):
    """One picture, uint8 [SIZE, SIZE, 3]."""
    big = KINDS[kind][0](rng, colours_of(kind, words, rng))
    return to_bytes(big)


def to_bytes(big):
    small = big.reshape(SIZE, 2, SIZE, 2, 3).mean((1, 3))
    return np.clip(np.round(small * 255), 0, 255).astype(np.uint8)


# Skies and the like: named gradients from top to bottom, with stars or a sun where the name says so.
SCENES = {
    "night sky gradient": ((.03, .04, .16), (.13, .12, .36), (.3, .2, .48)),
    "sunset gradient": ((.25, .16, .44), (.92, .38, .35), (1, .76, .35)),
    "sunrise gradient": ((.36, .55, .85), (.98, .74, .6), (1, .9, .62)),
    "ocean gradient": ((.3, .75, .88), (.05, .42, .7), (.02, .14, .38)),
    "forest gradient": ((.55, .76, .4), (.16, .46, .24), (.04, .2, .12)),
    "fire gradient": ((.98, .85, .3), (.95, .42, .08), (.5, .05, .04)),
    "ice gradient": ((.93, .98, 1), (.65, .86, .97), (.36, .62, .86)),
    "desert gradient": ((.5, .76, .92), (.95, .83, .6), (.8, .55, .3)),
    "pastel rainbow gradient": ((1, .75, .8), (1, .97, .75), (.72, .86, 1)),
    "daylight sky gradient": ((.2, .5, .9), (.5, .75, .97), (.86, .94, 1)),
}


def scene(name, rng, with_stars=False):
    """A named gradient, uint8 [SIZE, SIZE, 3]."""
    stops = np.array(SCENES[name], np.float32) + rng.uniform(-.04, .04, (3, 3)).astype(np.float32)
    t = ROW * 2
    low = np.clip(t, 0, 1)[..., None] * (stops[1] - stops[0]) + stops[0]
    out = np.where(t[..., None] < 1, low, (t[..., None] - 1) * (stops[2] - stops[1]) + stops[1])
    if with_stars:
        out = out.copy()
        for _ in range(rng.integers(18, 34)):
            y, x = rng.integers(0, BIG - 3, 2)
            out[y:y + rng.integers(2, 4), x:x + 2] = rng.uniform(.75, 1)
    return to_bytes(np.clip(out, 0, 1))
