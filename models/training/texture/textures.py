"""Seeded procedural textures with their height: list entries (kind, rgb [S,S,3] 0..1, height [S,S] 0..1).

Kinds: stone, clouds, marble, wood, brushed metal, reaction-diffusion, dead leaves, cells, cobbles, leather, weave,
knit, bricks, tiles, stripes, dots, fur, grain, terrazzo, caustics, rust, dunes, plaster, rope. Regular kinds have
periods of 8, 16, 32 or 64 px, which are the periods the decoder's grid signals have.
"""
import pathlib
import sys

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "inpaint"))
import procedural  # noqa: E402

S = 192


def unit(x):
    """Scale to 0..1 between the 1st and 99th percentile."""
    lo, hi = np.percentile(x, [1, 99])
    return np.clip((x - lo) / max(hi - lo, 1e-6), 0, 1).astype(np.float32)


def fractal(rng, alpha=None, stretch=1.0, angle=0.0):
    """Periodic 1/f^alpha field [S,S], zero mean, unit variance; `stretch` elongates it along `angle`."""
    fy, fx = np.fft.fftfreq(S)[:, None], np.fft.rfftfreq(S)[None]
    u, v = fx * np.cos(angle) + fy * np.sin(angle), -fx * np.sin(angle) + fy * np.cos(angle)
    f = np.hypot(u * stretch, v)
    f[0, 0] = 1
    n = np.fft.rfft2(rng.normal(size=(S, S))) / np.maximum(f, 1 / S) ** (rng.uniform(.9, 2.0) if alpha is None else alpha)
    n[0, 0] = 0
    x = np.fft.irfft2(n, s=(S, S))
    return (x / (x.std() + 1e-9)).astype(np.float32)


def band(rng, period, width=.35):
    """Noise of one scale: a ring in the spectrum around `period` px; unit variance."""
    f = np.hypot(np.fft.fftfreq(S)[:, None], np.fft.rfftfreq(S)[None])
    n = np.fft.rfft2(rng.normal(size=(S, S))) * np.exp(-.5 * (np.log(np.maximum(f, 1e-6) * period) / width) ** 2)
    x = np.fft.irfft2(n, s=(S, S))
    return (x / (x.std() + 1e-9)).astype(np.float32)


def grid():
    yy, xx = np.mgrid[:S, :S].astype(np.float32)
    return yy, xx


def ramp(rng, t, n=4, spread=None):
    """Colours of a scalar field: a ramp that rises in lightness with a drifting hue, as materials have."""
    import colorsys
    earthy = rng.random() < .65
    h = (rng.normal(.085, .04) if rng.random() < .65 else rng.normal(.56, .06)) % 1 if earthy else rng.random()
    sat = rng.beta(1.4, 4) if earthy else rng.beta(1.6, 2.6)
    lo, hi = sorted(rng.uniform(.05, .95, 2))
    spread = rng.uniform(.25, .6) if spread is None else spread
    if hi - lo < spread:
        mid = np.clip((hi + lo) / 2, spread / 2, 1 - spread / 2)
        lo, hi = mid - spread / 2, mid + spread / 2
    drift = rng.normal(0, .06)
    cols = np.array([colorsys.hls_to_rgb((h + drift * (k - n / 2)) % 1, lo + (hi - lo) * k / (n - 1),
                                         np.clip(sat + rng.normal(0, .08), 0, 1)) for k in range(n)], np.float32)
    if rng.random() < .15:
        cols = cols[::-1]
    x = np.clip(t, 0, 1) * (n - 1.001)
    i = x.astype(int)
    w = (x - i)[..., None]
    return cols[i] * (1 - w) + cols[i + 1] * w


def worley(rng, cells, jitter=1.0, stretch=1.0):
    """Cellular noise on a torus: distances to the two nearest points in cells [S,S,2] and the nearest's id."""
    n = int(round(np.sqrt(cells)))
    gy, gx = np.mgrid[:n, :n]
    pts = np.stack([gy, gx], -1).reshape(-1, 2) + .5 + jitter * rng.uniform(-.5, .5, (n * n, 2))
    pts = pts * S / n
    every = np.concatenate([pts + [a, b] for a in (-S, 0, S) for b in (-S, 0, S)])
    yy, xx = grid()
    q = np.stack([yy.ravel(), xx.ravel()], -1)
    scale = np.array([1, stretch])
    d, i = cKDTree(every * scale).query(q * scale, k=2)
    return (d.reshape(S, S, 2) * n / S).astype(np.float32), (i[:, 0] % (n * n)).reshape(S, S)


def stone(rng):
    h = unit(fractal(rng, rng.uniform(.7, 1.5)) + rng.uniform(0, .5) * rng.normal(size=(S, S)))
    return ramp(rng, h), h


def clouds(rng):
    h = unit(band(rng, rng.uniform(20, 50), .6) + .5 * fractal(rng, 1.6))
    return ramp(rng, h), h


def marble(rng):
    yy, xx = grid()
    a = rng.uniform(0, np.pi)
    k = rng.integers(2, 6)
    t = np.sin(2 * np.pi * k * (xx * np.cos(a) + yy * np.sin(a)) / S + rng.uniform(1.2, 3.5) * fractal(rng, 1.7))
    h = np.abs(t) ** rng.uniform(.3, .8)
    return ramp(rng, unit(h + .06 * fractal(rng, 1))), unit(h)


def wood(rng):
    yy, xx = grid()
    warp = 10 * fractal(rng, 2.2, rng.uniform(.08, .2))
    r = (yy + warp * rng.uniform(.4, 1.4)) / rng.uniform(7, 18)
    ring = (r - np.floor(r)) ** rng.uniform(1.2, 3)
    fibre = fractal(rng, 1.0, .04)
    h = unit(.8 * ring + rng.uniform(.15, .4) * fibre)
    import colorsys
    hue, l = rng.uniform(.04, .11), rng.uniform(.25, .55)
    c = [np.array(colorsys.hls_to_rgb(hue + d, l * m, rng.uniform(.3, .6))) for d, m in ((0, 1.35), (-.015, .65))]
    return c[0] + (c[1] - c[0]) * h[..., None], 1 - h


def metal(rng):
    h = unit(fractal(rng, rng.uniform(.6, 1.1), rng.uniform(.01, .05), rng.choice([0, np.pi / 2])))
    return ramp(rng, h, spread=rng.uniform(.12, .3)), h


def reaction(rng):
    """Gray-Scott patterns on a torus (Pearson, Science 1993)."""
    n = int(rng.choice([96, 128, 192]))
    u, v = np.ones((n, n), np.float32), np.zeros((n, n), np.float32)
    for _ in range(n * n // 150):
        y, x = rng.integers(0, n - 5, 2)
        u[y:y + 5, x:x + 5], v[y:y + 5, x:x + 5] = .5, .3
    f, k = [(.035, .065), (.025, .055), (.055, .062), (.03, .057), (.037, .06), (.042, .059), (.029, .062)][rng.integers(7)]

    def lap(z):
        z = np.pad(z, 1, mode="wrap")
        return .2 * (z[:-2, 1:-1] + z[2:, 1:-1] + z[1:-1, :-2] + z[1:-1, 2:]) + .05 * (
            z[:-2, :-2] + z[:-2, 2:] + z[2:, :-2] + z[2:, 2:]) - z[1:-1, 1:-1]
    for _ in range(2200):
        uvv = u * v * v
        u += .2 * lap(u) - uvv + f * (1 - u)
        v += .1 * lap(v) + uvv - (f + k) * v
    h = unit(cv2.resize(v, (S, S), interpolation=cv2.INTER_CUBIC))
    return ramp(rng, h), h


def leaves(rng):
    """Dead leaves on a torus: occluding discs and ellipses, small ones most."""
    cols = ramp(rng, rng.random(24)[None])[0]
    img, h = np.ones((S, S, 3), np.float32) * cols[0] * .5, np.zeros((S, S), np.float32)
    rmin, rmax = rng.uniform(3, 6), rng.uniform(14, 30)
    shaded = rng.random() < .6
    long = rng.uniform(.35, 1)
    n = int(3.2 * S * S / (np.pi * rmin * rmax))
    u = rng.random(n)
    for rad in (rmin ** -2 - u * (rmin ** -2 - rmax ** -2)) ** -.5:
        c, col, a, level = rng.uniform(0, S, 2), cols[rng.integers(24)] + rng.normal(0, .03), rng.uniform(0, 180), rng.uniform(.3, 1)
        for dy in (-S, 0, S):
            for dx in (-S, 0, S):
                cx, cy = c[0] + dx, c[1] + dy
                if cx < -rad or cy < -rad or cx > S + rad or cy > S + rad:
                    continue
                y0, y1 = max(0, int(cy - rad - 2)), min(S, int(cy + rad + 3))
                x0, x1 = max(0, int(cx - rad - 2)), min(S, int(cx + rad + 3))
                m = np.zeros((y1 - y0, x1 - x0), np.uint8)
                cv2.ellipse(m, (int(cx) - x0, int(cy) - y0), (int(rad), max(2, int(rad * long))), a, 0, 360, 255, -1, cv2.LINE_AA)
                w = m.astype(np.float32) / 255
                yy, xx = np.mgrid[y0:y1, x0:x1]
                dome = np.clip(1 - ((xx - cx) ** 2 + (yy - cy) ** 2) / rad ** 2, 0, 1)
                fill = col * (1 + (.35 if shaded else 0) * (dome - .6))[..., None]
                part = (slice(y0, y1), slice(x0, x1))
                img[part] = img[part] * (1 - w[..., None]) + fill * w[..., None]
                h[part] = h[part] * (1 - w) + level * (.6 + .4 * dome) * w
    return np.clip(cv2.GaussianBlur(img, (0, 0), .6), 0, 1), unit(h)


def cells(rng):
    d, i = worley(rng, rng.choice([36, 64, 144, 256]), rng.uniform(.6, 1))
    kind = rng.integers(3)
    h = unit([d[..., 0], 1 - d[..., 0], d[..., 1] - d[..., 0]][kind])
    return ramp(rng, unit(h + .05 * fractal(rng, 1))), h


def cobbles(rng):
    d, i = worley(rng, rng.choice([36, 64, 100, 144]), rng.uniform(.5, .9), rng.choice([1, 1, .6]))
    edge = np.clip((d[..., 1] - d[..., 0]) / rng.uniform(.12, .3), 0, 1)
    h = unit(np.sqrt(edge) * (.7 + .3 * rng.random(400)[i % 400]) + .05 * fractal(rng, 1))
    stones = ramp(rng, rng.random(400).astype(np.float32)[i % 400] * .7 + .15 + .08 * fractal(rng, 1))
    mortar = np.full(3, rng.uniform(.05, .5), np.float32)
    return mortar + (stones * (.6 + .4 * h[..., None]) - mortar) * edge[..., None], h


def leather(rng):
    d, _ = worley(rng, rng.choice([400, 625, 900]), 1)
    h = unit(np.clip((d[..., 1] - d[..., 0]) * 2.5, 0, 1) + .2 * fractal(rng, 1.3))
    return ramp(rng, .2 + .7 * h, spread=rng.uniform(.15, .35)), h


def weave(rng):
    """Plain or twill weave: threads over and under with a period of 8, 16 or 32 px."""
    yy, xx = grid()
    p = int(rng.choice([8, 8, 16, 16, 32]))
    t = p / int(rng.choice([2, 4])) if p > 8 else p / 2
    cx, cy = np.floor(xx / t).astype(int), np.floor(yy / t).astype(int)
    n = int(p / t)
    over = ((cx + cy) % n) < n // 2
    across, along = np.abs((xx / t) % 1 - .5) * 2, np.abs((yy / t) % 1 - .5) * 2
    h = np.where(over, 1 - across ** 2 + .25 * (1 - along), 1 - along ** 2 + .25 * (1 - across)) - .35 * (~over)
    h = unit(gaussian_filter(h, .5, mode="wrap") + .08 * rng.normal(size=(S, S)))
    if rng.random() < .5:
        two = [ramp(rng, .25 + .5 * h), ramp(rng, .25 + .5 * h)]
        return np.where(over[..., None], two[0], two[1]), h
    return ramp(rng, h), h


def knit(rng):
    yy, xx = grid()
    px, py = rng.choice([16, 32]), rng.choice([8, 16])
    col = (xx / px) % 1
    slant = np.abs(col - .5) * 2
    v = (yy / py + slant * rng.uniform(.7, 1.2)) % 1
    h = unit((1 - np.abs(v - .5) * 2) ** .7 * (np.sin(np.pi * ((col * 2) % 1)) ** .6) + .06 * fractal(rng, .8))
    return ramp(rng, h, spread=.4), h


def bricks(rng):
    yy, xx = grid()
    hgt = int(rng.choice([16, 32]))
    wid = int(rng.choice([32, 64])) if hgt == 16 else 64
    row = np.floor(yy / hgt).astype(int)
    x = xx + (row % 2) * wid / 2
    m = rng.uniform(1.2, 2.4)
    w = .6 * fractal(rng, 1.6)
    ex, ey = np.minimum(x % wid, wid - x % wid) + w, np.minimum(yy % hgt, hgt - yy % hgt) + w
    inside = np.clip((np.minimum(ex, ey) - m) / 1.5, 0, 1)
    ids = (row * 31 + np.floor((x % S) / wid).astype(int) * 7) % 61
    h = unit(inside * (.8 + .2 * rng.random(61)[ids]) + .12 * fractal(rng, .9) * inside + .04 * fractal(rng, .8))
    face = ramp(rng, np.clip(.5 + .3 * (rng.random(61)[ids] - .5) + .12 * fractal(rng, .9), 0, 1))
    mortar = np.full(3, rng.uniform(.25, .8), np.float32) + .03 * fractal(rng, .7)[..., None]
    return mortar + (face - mortar) * inside[..., None], h


def tiles(rng):
    yy, xx = grid()
    p = int(rng.choice([16, 32, 32, 64]))
    ex, ey = np.minimum(xx % p, p - xx % p), np.minimum(yy % p, p - yy % p)
    inside = np.clip((np.minimum(ex, ey) - rng.uniform(.4, 1.2)) / 1.2, 0, 1)
    check = ((np.floor(xx / p) + np.floor(yy / p)) % 2) if rng.random() < .6 and p < 64 else 0 * xx
    a, b = ramp(rng, .5 + .2 * fractal(rng, 1.2)), ramp(rng, .5 + .2 * fractal(rng, 1.2))
    face = a + (b - a) * check[..., None]
    grout = np.full(3, rng.uniform(.1, .9), np.float32)
    return grout + (face - grout) * inside[..., None], unit(inside + .05 * fractal(rng, 1.2))


def stripes(rng):
    yy, xx = grid()
    p = int(rng.choice([8, 16, 32]))
    u = xx if rng.random() < .5 else yy
    if rng.random() < .4:
        u = xx + yy
    t = .5 + .5 * np.sin(2 * np.pi * u / p + rng.uniform(0, .8) * fractal(rng, 1.8))
    h = unit(t ** rng.uniform(.4, 2) + .05 * fractal(rng, .8))
    return ramp(rng, h), h


def dots(rng):
    yy, xx = grid()
    p = int(rng.choice([8, 16, 32]))
    off = (np.floor(yy / p) % 2) * p / 2 * (rng.random() < .5)
    r = np.hypot((xx + off) % p - p / 2, yy % p - p / 2) / p
    m = np.clip((rng.uniform(.2, .36) - r) * p / 1.2 + .5, 0, 1)
    a, b = ramp(rng, .5 + .15 * fractal(rng, 1)), ramp(rng, .5 + .15 * fractal(rng, 1))
    return a + (b - a) * m[..., None], unit(m * (1 - r) + .03 * fractal(rng, 1))


def fur(rng):
    """Fine strokes along a flow that turns slowly: grass, fur, felt."""
    base, spread = rng.uniform(0, np.pi), rng.uniform(.1, .9)
    flow = base + spread * fractal(rng, 2.3)
    length, x = rng.integers(8, 26), band(rng, rng.uniform(2.2, 4))
    yy, xx = grid()
    out, py, px = x.copy(), yy.copy(), xx.copy()
    for _ in range(length):  # line integral convolution along the flow
        py, px = py + np.sin(flow), px + np.cos(flow)
        out += cv2.remap(x, (px % S).astype(np.float32), (py % S).astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    h = unit(out)
    return ramp(rng, unit(h + rng.uniform(0, .4) * unit(fractal(rng, 2)))), h


def grain(rng):
    h = unit(band(rng, rng.uniform(2.2, 7), rng.uniform(.2, .6)) + rng.uniform(0, .6) * fractal(rng, 1.5))
    return ramp(rng, h, spread=rng.uniform(.15, .5)), h


def terrazzo(rng):
    d, i = worley(rng, rng.choice([100, 196, 324]), 1)
    keep = rng.random(1000) < rng.uniform(.3, .7)
    m = np.clip((d[..., 1] - d[..., 0] - rng.uniform(.1, .3)) * 12, 0, 1) * keep[i]
    chips = ramp(rng, rng.random(1000).astype(np.float32)[i])
    ground = ramp(rng, .5 + .1 * rng.normal(size=(S, S)), spread=.15)
    return ground + (chips - ground) * m[..., None], unit(.3 * m + .05 * fractal(rng, 1))


def caustics(rng):
    p = rng.uniform(14, 34)
    h = unit((1 - np.abs(band(rng, p, .3)) / 2).clip(0, 1) ** rng.uniform(2, 6) + .5 * (1 - np.abs(band(rng, p / 2, .3)) / 2).clip(0, 1) ** 4)
    return ramp(rng, h), h


def rust(rng):
    m = np.clip((.7 * band(rng, rng.uniform(16, 40), .5) + .6 * fractal(rng, 1.2) - rng.uniform(-.5, .5)) * rng.uniform(2, 8) + .5, 0, 1)
    a = ramp(rng, unit(fractal(rng, rng.uniform(.6, 1.1))))
    b = ramp(rng, unit(band(rng, rng.uniform(3, 8))), spread=.2)
    return a + (b - a) * m[..., None], unit(m + .2 * fractal(rng, .9))


def dunes(rng):
    yy, xx = grid()
    p = int(rng.choice([12, 16, 24, 32]))
    u = (yy + rng.uniform(2, 7) * fractal(rng, 2.2, .5)) / p
    t = u - np.floor(u)
    h = unit(np.where(t < .7, t / .7, (1 - t) / .3) + .06 * rng.normal(size=(S, S)))
    return ramp(rng, unit(h + .1 * rng.normal(size=(S, S))), spread=.35), h


def plaster(rng):
    h = unit(np.tanh(band(rng, rng.uniform(8, 22)) * 1.6) + .25 * band(rng, 3))
    light = h - np.roll(h, (2, 2), (0, 1))
    return ramp(rng, unit(.5 + light + .15 * h), spread=rng.uniform(.15, .3)), h


def rope(rng):
    yy, xx = grid()
    p = int(rng.choice([16, 32]))
    c = (xx / p) % 1
    s = (yy / (p / 2) + c + .3 * np.sin(2 * np.pi * c)) % 1
    h = unit(np.sin(np.pi * c) ** .6 * (.45 + .55 * np.sin(np.pi * s) ** .8) + .05 * fractal(rng, .8))
    return ramp(rng, h), h


KINDS = {"stone": stone, "clouds": clouds, "marble": marble, "wood": wood, "metal": metal, "reaction": reaction,
         "leaves": leaves, "cells": cells, "cobbles": cobbles, "leather": leather, "weave": weave, "knit": knit,
         "bricks": bricks, "tiles": tiles, "stripes": stripes, "dots": dots, "fur": fur, "grain": grain,
         "terrazzo": terrazzo, "caustics": caustics, "rust": rust, "dunes": dunes, "plaster": plaster, "rope": rope}


def generate(seed, each):
    """`each` textures of every kind: list of (kind, rgb uint8 [S,S,3], height uint8 [S,S])."""
    out = []
    for number, (name, make) in enumerate(KINDS.items()):
        for k in range(each):
            rng = np.random.default_rng([seed, number, k])
            rgb, h = make(rng)
            out.append((name, (np.clip(rgb, 0, 1) * 255 + .5).astype(np.uint8), (h * 255 + .5).astype(np.uint8)))
    return out


if __name__ == "__main__":
    import time
    out = pathlib.Path(__file__).resolve().parent / ".runs"
    out.mkdir(exist_ok=True)
    rows = []
    for number, (name, make) in enumerate(KINDS.items()):
        t = time.time()
        cells_ = [make(np.random.default_rng([7, number, k])) for k in range(4)]
        print(name, round((time.time() - t) / 4, 3), flush=True)
        rows.append(np.concatenate([np.clip(c[0], 0, 1)[:128, :128] for c in cells_] + [np.repeat(cells_[0][1][:128, :128, None], 3, -1)], 1))
    half = len(rows) // 2
    sheet = np.concatenate([np.concatenate(rows[:half]), np.concatenate(rows[half:])], 1)
    cv2.imwrite(str(out / "kinds.png"), (sheet[..., ::-1] * 255).astype(np.uint8))
