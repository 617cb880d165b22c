"""Seeded procedural materials as functions of basis fields: the decoder is given the very fields a texture was made from.

A material is (kind, parameters drawn from a seed). `render` takes it and standard normal noise on a torus (strides 16, 8,
4, 2, 1) to RGB and height, by way of `Field`: smooth noise of each scale, fibres, cells, pebbles and regular waves. Given
the fields a texture is determined, so the decoder can be held to every pixel, which statistics alone would teach far more
slowly, and is crisp for the same reason. Regular kinds have periods of 8, 16, 32 or 64 px, counted from the tile's corner.
The same fields are computed in models/components/texture-fields.ts; check_fields.py compares the two.
"""
import colorsys

import cv2
import numpy as np

STRIDES = (16, 8, 4, 2, 1)
CHANNELS = (6, 3, 2, 2, 2)
PERIODS = (8, 16, 32, 64)
FIELDS = 44


def draw_noise(rng, height, width):
    """[channels,height/stride,width/stride] for each stride, standard normal."""
    return [rng.normal(size=(c, height // s, width // s)).astype(np.float32) for c, s in zip(CHANNELS, STRIDES)]


def uniform(n):
    """Standard normal to about uniform in 0..1."""
    return 1 / (1 + np.exp(-1.7 * n))


class Field:
    """What materials are made of: coordinates, smooth noise of each scale, values of cells; and all of it as channels."""

    def __init__(self, noises, height, width):
        self.n, self.height, self.width = noises, height, width
        self.y, self.x = np.mgrid[:height, :width].astype(np.float32)
        self.kept = {}

    def channels(self):
        """[FIELDS,height,width] float32: the decoder's input, in the order of texture-fields.ts."""
        out = [self.smooth(16, c) for c in range(4)] + [self.smooth(s, c) for s in (8, 4, 2, 1) for c in (0, 1)]
        out += [self.fibre(False), self.fibre(True), self.diagonal(0), self.diagonal(1)]
        for size in (16, 8):
            first, second, value = self.worley(size)
            out += [2 * first - 1, 3 * (second - first) - 1, 2 * value - 1]
        out += [2 * self.cell(16) - 1, 2 * self.cell(32) - 1, 2 * self.cell(32, 16) - 1]
        top, dome, value = self.pebbles()
        out += [2 * top - 1, 2 * dome - 1, 2 * value - 1]
        for p in PERIODS:
            for u in (self.x, self.y):
                out += [np.sin(2 * np.pi * u / p), np.cos(2 * np.pi * u / p)]
        return np.stack(out).astype(np.float32)

    def fibre(self, down):
        """Noise drawn out along rows (or columns)."""
        b = (5, 1) if down else (1, 5)
        return .5 * self.smooth(8, 2, b) + .6 * self.smooth(4, 1, b) + .8 * self.smooth(2, 1, b)

    def diagonal(self, way):
        """Fine strokes along one diagonal."""
        def along(stride):
            c = self.n[STRIDES.index(stride)][way]
            step = 1 if way == 0 else -1
            c = sum(np.roll(c, (t, step * t), (0, 1)) for t in range(-2, 3)) / 5 ** .5
            return self.enlarge(c, stride)
        return (.7 * along(1) + along(2)) / 1.2

    def pebbles(self):
        """Discs in jittered cells of 16 px, the one with the higher value on top: whether there is one, its dome, its value."""
        if "pebbles" not in self.kept:
            n = self.n[0]
            rows, columns = n.shape[1:]
            py, px = self.y / 16, self.x / 16
            iy, ix = np.floor(py).astype(int), np.floor(px).astype(int)
            top, dome, val = np.full(px.shape, -9., np.float32), np.zeros(px.shape, np.float32), np.zeros(px.shape, np.float32)
            for dy in (-1, 0, 1):
                for dx in (-1, 0, 1):
                    cy, cx = (iy + dy) % rows, (ix + dx) % columns
                    d = np.hypot(iy + dy + .5 + .3 * np.tanh(n[0][cy, cx]) - py, ix + dx + .5 + .3 * np.tanh(n[1][cy, cx]) - px)
                    rad = .68 * (1 + .25 * np.tanh(n[3][cy, cx]))
                    on = (d < rad) & (n[4][cy, cx] > top)
                    top, dome = np.where(on, n[4][cy, cx], top), np.where(on, 1 - (d / rad) ** 2, dome)
                    val = np.where(on, uniform(n[5][cy, cx]), val)
            self.kept["pebbles"] = (top > -8).astype(np.float32), dome, val
        return self.kept["pebbles"]

    def enlarge(self, c, stride):
        """Cubic interpolation (Keys, a = -0.75, pixel centres) with wrap."""
        if stride == 1:
            return c
        p = cv2.resize(np.pad(c, 3, mode="wrap"), None, fx=stride, fy=stride, interpolation=cv2.INTER_CUBIC)
        k = 3 * stride
        return p[k:k + self.height, k:k + self.width] * 1.35

    def smooth(self, stride, channel=0, box=(1, 1)):
        """One noise channel at every pixel, about unit variance; `box` averages cells (rows, columns) first."""
        c = self.n[STRIDES.index(stride)][channel]
        if box != (1, 1):
            axis = 0 if box[0] > 1 else 1
            c = sum(np.roll(c, t, axis) for t in range(-2, 3)) / 5 ** .5
        return self.enlarge(c, stride)

    def fractal(self, slope, channel=0):
        """Sum of the scales, coarse ones weighing stride^slope; unit variance."""
        w = np.array([s ** slope for s in STRIDES])
        w /= np.sqrt((w ** 2).sum())
        return sum(a * self.smooth(s, channel % 2) for a, s in zip(w, STRIDES))

    def cell(self, size, dx=0):
        """A constant for each cell of size x size px, cells beginning dx px to the left; uniform in 0..1."""
        k = size // 16
        c = self.n[0][2]
        iy = np.floor(self.y / size).astype(int) * k
        ix = (np.floor((self.x + dx) / size).astype(int) * k) % c.shape[1]
        return uniform(c[iy, ix])

    def worley(self, size):
        """Distances to the two nearest jittered points (in cells), and the nearest one's value in 0..1."""
        if size in self.kept:
            return self.kept[size]
        c = self.n[STRIDES.index(size)]
        rows, columns = c.shape[1:]
        py, px = self.y / size, self.x / size
        iy, ix = np.floor(py).astype(int), np.floor(px).astype(int)
        first, second, value = np.full(px.shape, 9., np.float32), np.full(px.shape, 9., np.float32), np.zeros(px.shape, np.float32)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                cy, cx = (iy + dy) % rows, (ix + dx) % columns
                qy = iy + dy + .5 + .45 * np.tanh(c[0][cy, cx]) - py
                qx = ix + dx + .5 + .45 * np.tanh(c[1][cy, cx]) - px
                d = np.hypot(qy, qx)
                near = d < first
                second = np.where(near, first, np.minimum(second, d))
                value = np.where(near, uniform(c[2][cy, cx]), value)
                first = np.where(near, d, first)
        self.kept[size] = first, second, value
        return self.kept[size]


def step(x, soft):
    return 1 / (1 + np.exp(-np.clip(x / soft, -30, 30)))


def colours(rng, n=4, spread=None, hue=None, sat=None):
    """[n,3] rising in lightness with a drifting hue, as materials have."""
    earthy = rng.random() < .62
    h = ((rng.normal(.085, .04) if rng.random() < .65 else rng.normal(.56, .06)) % 1 if earthy else rng.random()) if hue is None else hue
    sat = (rng.beta(1.4, 3.6) if earthy else rng.beta(1.8, 2.4)) if sat is None else sat
    spread = rng.uniform(.25, .6) if spread is None else spread
    mid = rng.uniform(.06 + spread / 2, .94 - spread / 2)
    drift = rng.normal(0, .06)
    c = np.array([colorsys.hls_to_rgb((h + drift * (k - n / 2)) % 1, mid + spread * (k / (n - 1) - .5),
                                      float(np.clip(sat + rng.normal(0, .07), 0, 1))) for k in range(n)], np.float32)
    return c[::-1].copy() if rng.random() < .15 else c


def ramp(c, t):
    x = np.clip(t, 0, 1) * (len(c) - 1.001)
    i = x.astype(int)
    w = (x - i)[..., None]
    return c[i] * (1 - w) + c[i + 1] * w


def blend(a, b, m):
    return a + (b - a) * m[..., None]


def squash(x, gain=.9):
    return step(x, 1 / (1.7 * gain))


# Each material: parameters from a seeded generator, then a function of the field. They return (rgb, height).

def stone(r):
    c, slope, gain = colours(r), r.uniform(.0, .9), r.uniform(.7, 1.3)
    return lambda f: (lambda h: (ramp(c, h), h))(squash(f.fractal(slope), gain))


def clouds(r):
    c, a = colours(r), r.uniform(.1, .6)
    return lambda f: (lambda h: (ramp(c, h), h))(squash(f.smooth(16) + a * f.smooth(8) + a * a * f.smooth(4), .8))


def grain(r):
    c, s, a = colours(r, spread=r.uniform(.15, .5)), int(r.choice([2, 4])), r.uniform(0, .6)
    return lambda f: (lambda h: (ramp(c, h), h))(squash(f.smooth(s) + a * f.smooth(16), .8))


def marble(r):
    c, p, a, way, e = colours(r), int(r.choice([32, 64])), r.uniform(.8, 2.4), r.integers(4), r.uniform(.35, 1)

    def f(f):
        u = [f.x, f.y, f.x + f.y, f.x - f.y][way]
        h = np.abs(np.sin(np.pi * u / p * 2 + a * (f.smooth(16) + .5 * f.smooth(8) + .3 * f.smooth(4)))) ** e
        return ramp(c, h), h
    return f


def wood(r):
    p, a, g = int(r.choice([16, 32])), r.uniform(.2, .8), r.uniform(.15, .5)
    c = colours(r, spread=r.uniform(.2, .4), hue=r.uniform(.04, .11), sat=r.uniform(.3, .6))
    down = r.random() < .5

    def f(f):
        u = (f.x if down else f.y) / p + a * f.smooth(16)
        h = np.clip(.15 + .7 * (u - np.floor(u)) ** 1.6 + g * .5 * f.fibre(down), 0, 1)
        return ramp(c, 1 - h), 1 - h
    return f


def metal(r):
    c, down, gain = colours(r, spread=r.uniform(.12, .35), sat=r.beta(1.2, 4)), r.random() < .5, r.uniform(.5, .9)
    return lambda f: (lambda h: (ramp(c, h), h))(squash(f.fibre(down), gain))


def maze(r):
    c, s, t, soft = colours(r), int(r.choice([8, 16])), r.uniform(-.9, .9), r.uniform(.1, .4)
    return lambda f: (lambda h: (ramp(c, h), h))(step(f.smooth(s) + t, soft))


def bands(r):
    c, s, k, soft = colours(r), int(r.choice([8, 16])), r.uniform(2.5, 5), r.uniform(.25, .6)
    return lambda f: (lambda h: (ramp(c, h), h))(step(np.sin(k * f.smooth(s)), soft))


def cells(r):
    c, kind, s, g = colours(r), r.integers(3), int(r.choice([8, 16])), r.uniform(0, .15)

    def f(f):
        a, b, _ = f.worley(s)
        h = np.clip([1.2 * a, 1 - a, 1.4 * (b - a)][kind] + .3 * g * f.smooth(2), 0, 1)
        return ramp(c, h), h
    return f


def cobbles(r):
    c, w, m, g = colours(r), r.uniform(.12, .3), np.float32(r.uniform(.05, .5)), r.uniform(.1, .4)

    def f(f):
        a, b, v = f.worley(16)
        e = np.clip((b - a) / w, 0, 1)
        h = np.sqrt(e) * (.65 + .35 * v)
        return blend(np.full(3, m), ramp(c, .15 + .7 * v + g * .3 * f.fractal(.4)) * (.65 + .35 * h[..., None]), e), h
    return f


def leather(r):
    c = colours(r, spread=r.uniform(.15, .35))
    return lambda f: (lambda w, n: (lambda h: (ramp(c, .15 + .75 * h), h))(np.clip(2 * (w[1] - w[0]) + .12 * n, 0, 1)))(f.worley(8), f.smooth(16))


def terrazzo(r):
    c, base, keep, edge = colours(r), colours(r, spread=.15), r.uniform(.3, .75), r.uniform(.06, .3)

    def f(f):
        a, b, v = f.worley(16)
        m = step(b - a - edge, .03) * (v < keep)
        return blend(ramp(base, .5 + .15 * f.smooth(1)), ramp(c, v / keep), m), .3 + .4 * m + .05 * f.smooth(2)
    return f


def pebbles(r):
    c, ground, shade = colours(r), colours(r, spread=.15), r.uniform(.2, .7)

    def f(f):
        m, dome, val = f.pebbles()
        lit = ramp(c, val) * (1 + shade * (dome - .6))[..., None]
        return blend(ramp(ground, .5 + .2 * f.smooth(2)), lit, m), m * (.3 + .7 * np.sqrt(np.maximum(dome, 0)))
    return f


def weave(r):
    p = int(r.choice([8, 16, 32]))
    n = 2 if p == 8 else int(r.choice([2, 4]))
    a, b, two, g = colours(r), colours(r), r.random() < .5, r.uniform(.02, .12)

    def f(f):
        t = p / n
        over = ((np.floor(f.x / t) + np.floor(f.y / t)) % n) < n / 2
        u, v = np.abs((f.x / t) % 1 - .5) * 2, np.abs((f.y / t) % 1 - .5) * 2
        h = np.clip(np.where(over, 1 - u ** 2 + .25 * (1 - v), .75 - v ** 2 + .25 * (1 - u)) * .8 + g * f.smooth(1), 0, 1)
        return (np.where(over[..., None], ramp(a, .2 + .6 * h), ramp(b, .2 + .6 * h)) if two else ramp(a, h)), h
    return f


def knit(r):
    c, px, py, k = colours(r, spread=.4), int(r.choice([16, 32])), int(r.choice([8, 16])), r.uniform(.7, 1.2)

    def f(f):
        col = (f.x / px) % 1
        v = (f.y / py + np.abs(col - .5) * 2 * k) % 1
        h = np.clip((1 - np.abs(v - .5) * 2) ** .7 * np.sin(np.pi * ((col * 2) % 1)) ** .6 + .05 * f.smooth(1) + .05 * f.smooth(4), 0, 1)
        return ramp(c, h), h
    return f


def bricks(r):
    hgt, wid = [(16, 32), (16, 64), (32, 64)][r.integers(3)]
    c, m, w, g = colours(r), np.float32(r.uniform(.25, .85)), r.uniform(1.2, 2.2), r.uniform(.1, .3)

    def f(f):
        row = np.floor(f.y / hgt)
        x = f.x + (row % 2) * wid / 2
        wob = .6 * f.smooth(8)
        inside = np.clip((np.minimum(np.minimum(x % wid, wid - x % wid), np.minimum(f.y % hgt, hgt - f.y % hgt)) + wob - w) / 1.5, 0, 1)
        shade = np.where(row % 2 == 1, f.cell(32, 16), f.cell(32)) if wid == 32 else .5
        h = np.clip(inside * (.7 + .3 * shade) + .08 * f.fractal(.2) * inside, 0, 1)
        return blend(np.full(3, m) + .03 * f.smooth(1)[..., None], ramp(c, .3 + .4 * shade + g * .6 * f.fractal(.2)), inside), h
    return f


def tiles(r):
    p, check = int(r.choice([16, 32, 64])), r.random() < .6
    a, b, g, w, s = colours(r), colours(r), np.float32(r.uniform(.1, .9)), r.uniform(.4, 1.2), r.uniform(0, .5) * (p < 64)
    check = check and p < 64

    def f(f):
        inside = np.clip((np.minimum(np.minimum(f.x % p, p - f.x % p), np.minimum(f.y % p, p - f.y % p)) - w) / 1.2, 0, 1)
        t = .4 + .15 * f.fractal(.6) + s * (f.cell(min(p, 32)) - .5)
        face = np.where((((np.floor(f.x / p) + np.floor(f.y / p)) % 2) > 0)[..., None], ramp(b, t), ramp(a, t)) if check else ramp(a, t)
        return blend(np.full(3, g), face, inside), np.clip(.1 + .8 * inside + .03 * f.smooth(4), 0, 1)
    return f


def stripes(r):
    c, p, way, a, e = colours(r), int(r.choice([8, 16, 32])), r.integers(4), r.uniform(0, .7), r.uniform(.5, 2)

    def f(f):
        u = [f.x, f.y, f.x + f.y, f.x - f.y][way]
        h = (.5 + .5 * np.sin(2 * np.pi * u / p + a * f.smooth(16))) ** e
        return ramp(c, np.clip(h + .03 * f.smooth(1), 0, 1)), h
    return f


def dots(r):
    a, b, p, rad, off = colours(r), colours(r), int(r.choice([8, 16, 32])), r.uniform(.2, .36), r.random() < .5

    def f(f):
        d = np.hypot((f.x + (np.floor(f.y / p) % 2) * p / 2 * off) % p - p / 2, f.y % p - p / 2) / p
        m = np.clip((rad - d) * p / 1.2 + .5, 0, 1)
        t = .5 + .15 * f.fractal(.3)
        return blend(ramp(a, t), ramp(b, t), m), np.clip(.15 + m * (1 - d) * .8, 0, 1)
    return f


def felt(r):
    """Fine strokes along one diagonal or both."""
    c, way, a = colours(r), r.integers(3), r.uniform(0, .7)

    def f(f):
        h = squash([f.diagonal(0), f.diagonal(1), .7 * (f.diagonal(0) + f.diagonal(1))][way] + a * f.smooth(16), .8)
        return ramp(c, h), h
    return f


def caustics(r):
    c, e, a, s = colours(r), r.uniform(2, 5), r.uniform(.2, .7), int(r.choice([8, 16]))

    def f(f):
        h = np.clip((1 - np.clip(np.abs(f.smooth(s)) / 1.6, 0, 1)) ** e + a * (1 - np.clip(np.abs(f.smooth(s, 1)) / 1.6, 0, 1)) ** e, 0, 1)
        return ramp(c, h), h
    return f


def rust(r):
    a, b, t, soft, s = colours(r), colours(r, spread=.25), r.uniform(-.5, .5), r.uniform(.05, .3), r.uniform(0, .5)

    def f(f):
        m = step(f.smooth(16) + .5 * f.smooth(8) + .35 * f.smooth(4) + .2 * f.smooth(2) - t, soft)
        return blend(ramp(a, squash(f.fractal(s, 1))), ramp(b, squash(f.smooth(4, 1))), m), np.clip(.2 + .5 * m + .12 * f.smooth(2), 0, 1)
    return f


def dunes(r):
    c, p, a, g = colours(r, spread=.35), int(r.choice([16, 32])), r.uniform(.15, .45), r.uniform(.02, .12)

    def f(f):
        u = f.y / p + a * f.smooth(16)
        t = u - np.floor(u)
        h = np.where(t < .7, t / .7, (1 - t) / .3)
        return ramp(c, np.clip(h + g * f.smooth(1), 0, 1)), h
    return f


def plaster(r):
    c, s = colours(r, spread=r.uniform(.15, .35)), int(r.choice([4, 8]))

    def f(f):
        h = .5 + .45 * np.tanh(f.smooth(s) * 1.4) + .05 * f.smooth(2)
        return ramp(c, np.clip(.5 + 1.3 * (h - np.roll(h, (2, 2), (0, 1))) + .15 * (h - .5), 0, 1)), np.clip(h, 0, 1)
    return f


def rope(r):
    c, p = colours(r), int(r.choice([16, 32]))

    def f(f):
        col = (f.x / p) % 1
        s = (f.y / (p / 2) + col + .3 * np.sin(2 * np.pi * col)) % 1
        h = np.clip(np.sin(np.pi * col) ** .6 * (.45 + .55 * np.sin(np.pi * s) ** .8) + .04 * f.smooth(1), 0, 1)
        return ramp(c, h), h
    return f


def scales(r):
    c, p, k, s = colours(r), int(r.choice([16, 32])), r.uniform(.9, 1.2), r.uniform(0, .4)

    def f(f):
        best, shade = np.zeros(f.x.shape, np.float32), np.zeros(f.x.shape, np.float32)
        for j in (2, 1, 0):  # rows from behind to the front
            row = np.floor(f.y / (p / 2)) + j - 1
            cx = (f.x + (row % 2) * p / 2) % p - p / 2
            d = np.hypot(cx, f.y - row * p / 2) / (p * k * .62)
            on = d < 1
            best, shade = np.where(on, 1 - d ** 2 * .8, best), np.where(on, row % 2, shade)
        v = np.clip(.15 + .75 * best + s * .3 * f.smooth(16), 0, 1)
        return ramp(c, v), best
    return f


KINDS = {m.__name__: m for m in (stone, clouds, grain, marble, wood, metal, maze, bands, cells, cobbles, leather, terrazzo, pebbles, weave,
                                 knit, bricks, tiles, stripes, dots, felt, caustics, rust, dunes, plaster, rope, scales)}


def library(seed, each):
    """`each` materials of every kind: list of (kind, function of a Field)."""
    return [(name, make(np.random.default_rng([seed, number, k]))) for number, (name, make) in enumerate(KINDS.items()) for k in range(each)]


def render(material, field):
    """float32 [4,height,width], -1..1: RGB and height."""
    rgb, h = material[1](field)
    return np.clip(np.concatenate([rgb, h[..., None]], -1).transpose(2, 0, 1), 0, 1).astype(np.float32) * 2 - 1


if __name__ == "__main__":
    import pathlib
    import time
    rng, rows = np.random.default_rng(1), []
    f = Field(draw_noise(rng, 128, 128), 128, 128)
    print(f.channels().shape, np.round(f.channels().std((1, 2)), 2))
    for i, material in enumerate(library(20262, 8)):
        t = time.process_time()
        x = render(material, Field(draw_noise(rng, 128, 128), 128, 128))
        if i % 8 == 0:
            print(material[0], round((time.process_time() - t) * 1000, 1), "ms", flush=True)
        rows.append(((x[:3] + 1) * 127.5).astype(np.uint8).transpose(1, 2, 0)[..., ::-1])
    sheet = np.concatenate([np.concatenate(rows[i:i + 16], 1) for i in range(0, len(rows), 16)])
    out = pathlib.Path(__file__).resolve().parent / ".runs"
    out.mkdir(exist_ok=True)
    cv2.imwrite(str(out / "kinds.png"), sheet)
