"""Seeded random hole masks: uint8 arrays [H,W], 1 = hole, 0 = known.

Free-form strokes follow the idea of Yu et al., "Free-Form Image Inpainting with
Gated Convolution" (ICCV 2019); object shapes are random smooth closed contours and
unions of ellipses, as left by brushing over or selecting an object.
"""
import cv2
import numpy as np

KINDS = ("freeform", "object", "patch64", "hole128")


def freeform(rng, s):
    """Brush strokes: random walks with round joints. Widths are relative to s/256."""
    m = np.zeros((s, s), np.uint8)
    k = s / 256.0
    for _ in range(rng.integers(1, 6)):
        x, y = rng.uniform(0, s, 2)
        angle = rng.uniform(0, 2 * np.pi)
        width = max(3, int(rng.uniform(8, 36) * k))
        for _ in range(rng.integers(2, 9)):
            angle += rng.normal(0, 0.8)
            length = rng.uniform(12, 60) * k
            x2, y2 = x + length * np.cos(angle), y + length * np.sin(angle)
            cv2.line(m, (int(x), int(y)), (int(x2), int(y2)), 1, width)
            cv2.circle(m, (int(x2), int(y2)), width // 2, 1, -1)
            x, y = x2, y2
    return m


def blob(rng, s, lo, hi, centre=None):
    """One smooth closed contour (random low Fourier modes), diameter lo..hi px."""
    m = np.zeros((s, s), np.uint8)
    r0 = rng.uniform(lo, hi) / 2
    t = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    r = np.ones_like(t)
    for n in range(2, 7):
        r += rng.normal(0, 0.32 / n) * np.cos(n * t + rng.uniform(0, 6.28))
    r = r0 * np.clip(r, 0.35, 1.6)
    aspect = np.exp(rng.normal(0, 0.25))
    cx, cy = centre if centre is not None else rng.uniform(0.2 * s, 0.8 * s, 2)
    rot = rng.uniform(0, np.pi)
    px, py = r * np.cos(t) * aspect, r * np.sin(t) / aspect
    x = cx + px * np.cos(rot) - py * np.sin(rot)
    y = cy + px * np.sin(rot) + py * np.cos(rot)
    cv2.fillPoly(m, [np.stack([x, y], 1).astype(np.int32)], 1)
    return m


def objects(rng, s):
    """One to three object-like silhouettes, sometimes with a limb (thick stroke)."""
    m = np.zeros((s, s), np.uint8)
    k = s / 256.0
    for _ in range(rng.integers(1, 4)):
        c = rng.uniform(0.15 * s, 0.85 * s, 2)
        m |= blob(rng, s, 40 * k, 130 * k, c)
        if rng.random() < 0.5:
            end = c + rng.normal(0, 60 * k, 2)
            cv2.line(m, tuple(int(v) for v in c), tuple(int(v) for v in end), 1,
                     int(rng.uniform(10, 30) * k))
    return m


def patch64(rng, s):
    """One hole about 64..96 px wide (at 256): rectangle, ellipse or blob."""
    return _hole(rng, s, 60, 96)


def hole128(rng, s):
    """One hole about 100..128 px wide (at 256): rectangle, ellipse or blob."""
    return _hole(rng, s, 100, 128)


def _hole(rng, s, lo, hi):
    m = np.zeros((s, s), np.uint8)
    k = s / 256.0
    w, h = (rng.uniform(lo, hi, 2) * k).astype(int)
    cx, cy = (rng.uniform(0.3, 0.7, 2) * s).astype(int)
    form = rng.integers(3)
    if form == 0:
        cv2.rectangle(m, (int(cx - w // 2), int(cy - h // 2)), (int(cx + w // 2), int(cy + h // 2)), 1, -1)
    elif form == 1:
        cv2.ellipse(m, (int(cx), int(cy)), (int(w // 2), int(h // 2)), float(rng.uniform(0, 180)), 0, 360, 1, -1)
    else:
        m = blob(rng, s, lo * k, hi * k, (cx, cy))
    return m


_MAKERS = {"freeform": freeform, "object": objects, "patch64": patch64, "hole128": hole128}


def make(rng, s, kind, lo=0.05, hi=0.40):
    """A mask of the kind with hole share lo..hi (retries; the last try is returned)."""
    m = None
    for _ in range(20):
        m = _MAKERS[kind](rng, s)
        if lo <= m.mean() <= hi:
            break
    return m


def random_mask(rng, s):
    """Training mixture: 45 % strokes, 30 % objects, 15 % patches, 10 % large holes."""
    kind = rng.choice(4, p=[0.45, 0.30, 0.15, 0.10])
    return make(rng, s, KINDS[kind], 0.03, 0.42)
