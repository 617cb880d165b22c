"""Seeded procedural training images, uint8 RGB [S,S,3].

Dead leaves: occluding random shapes with a power-law size distribution, which has the
statistics of natural images (Lee, Mumford, Huang, IJCV 2001; Madhusudana et al.,
"Revisiting Dead Leaves Model", 2021). Also 1/f textures, Gray-Scott reaction-diffusion
patterns (Pearson, Science 1993), gradients, text and line art.
"""
import cv2
import numpy as np


def fractal(rng, s, alpha=None, ch=1):
    """1/f^alpha noise, float32 [s,s,ch], about 0..1."""
    alpha = rng.uniform(0.8, 2.2) if alpha is None else alpha
    f = np.hypot(np.fft.fftfreq(s)[:, None] * np.exp(rng.normal(0, .3)), np.fft.rfftfreq(s)[None])
    f[0, 0] = 1
    out = []
    for _ in range(ch):
        n = np.fft.rfft2(rng.normal(size=(s, s))) / f ** alpha
        n[0, 0] = 0
        x = np.fft.irfft2(n, s=(s, s))
        out.append(x / (x.std() + 1e-6) * 0.2 + 0.5)
    return np.stack(out, -1).astype(np.float32)


def palette(rng, n):
    """n related colours [n,3], 0..1: a base hue walk with random lightness."""
    base = rng.uniform(0, 1, 3)
    return np.clip(base + rng.normal(0, 0.28, (n, 1)) + rng.normal(0, 0.13, (n, 3)), 0, 1).astype(np.float32)


def colourise(rng, x):
    """Map a scalar field [s,s,1] through a random 5-colour ramp."""
    p = palette(rng, 5)
    t = np.clip(x[..., 0], 0, 1) * 3.999
    i = t.astype(int)
    w = (t - i)[..., None]
    return p[i] * (1 - w) + p[i + 1] * w


def texture(rng, s):
    """A random material: fractal, stripes, or checks under slight noise."""
    kind = rng.integers(4)
    if kind <= 1:
        return colourise(rng, fractal(rng, s))
    yy, xx = np.mgrid[:s, :s].astype(np.float32)
    a, p = rng.uniform(0, np.pi), rng.uniform(5, 40)
    u = (xx * np.cos(a) + yy * np.sin(a)) / p
    if kind == 2:
        f = 0.5 + 0.5 * np.sin(2 * np.pi * u + 2 * fractal(rng, s, 1.8)[..., 0])
    else:
        v = (-xx * np.sin(a) + yy * np.cos(a)) / p / rng.uniform(.5, 2)
        f = ((np.floor(u) + np.floor(v)) % 2) * .8 + .1
    img = colourise(rng, f[..., None].astype(np.float32))
    return img + (fractal(rng, s, .8) - .5) * rng.uniform(0, .25)


def dead_leaves(rng, s):
    """Occluding shapes with radius density ~ r^-3, each flat, shaded or textured."""
    big = s
    img = texture(rng, big).astype(np.float32)
    banks = [texture(rng, big) for _ in range(4)]
    cols = palette(rng, 24)
    rmin, rmax = 4.0, s * 0.35
    n = int(rng.integers(150, 900))
    u = rng.uniform(0, 1, n)
    r = (rmin ** -2 - u * (rmin ** -2 - rmax ** -2)) ** -0.5
    r = np.sort(r)[::-1] if rng.random() < .7 else r
    for rad in r:
        m = np.zeros((big, big), np.uint8)
        c = rng.uniform(0, big, 2)
        kind = rng.integers(3)
        if kind == 0:
            cv2.ellipse(m, (int(c[0]), int(c[1])), (int(rad), int(max(2, rad * rng.uniform(.3, 1)))),
                        float(rng.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)
        else:
            k = rng.integers(3, 8)
            t = np.sort(rng.uniform(0, 2 * np.pi, k))
            pts = np.stack([c[0] + rad * np.cos(t), c[1] + rad * np.sin(t)], 1).astype(np.int32)
            cv2.fillPoly(m, [pts], 255, cv2.LINE_AA)
        x0, y0 = np.maximum(c - rad - 2, 0).astype(int)
        x1, y1 = np.minimum(c + rad + 2, big).astype(int)
        if x1 <= x0 or y1 <= y0:
            continue
        a = m[y0:y1, x0:x1, None].astype(np.float32) / 255
        col = cols[rng.integers(len(cols))]
        if rng.random() < .4:
            fill = banks[rng.integers(4)][y0:y1, x0:x1] * .6 + col * .4
        elif rng.random() < .5:
            gy = np.linspace(-1, 1, y1 - y0, dtype=np.float32)[:, None, None]
            fill = col + gy * rng.normal(0, .12)
        else:
            fill = col
        img[y0:y1, x0:x1] = img[y0:y1, x0:x1] * (1 - a) + fill * a
    return cv2.GaussianBlur(img, (0, 0), rng.uniform(.4, .9))


def reaction_diffusion(rng, s, steps=1400):
    """Gray-Scott spots / stripes, grown at s/2 and enlarged, colourised."""
    n = s // 2
    u, v = np.ones((n, n), np.float32), np.zeros((n, n), np.float32)
    for _ in range(40):
        x, y = rng.integers(0, n - 6, 2)
        u[y:y + 6, x:x + 6], v[y:y + 6, x:x + 6] = .5, .25
    f, k = [(.035, .065), (.025, .055), (.055, .062), (.03, .057)][rng.integers(4)]
    ker = np.array([[.05, .2, .05], [.2, -1, .2], [.05, .2, .05]], np.float32)
    for _ in range(steps):
        uvv = u * v * v
        u += .20 * cv2.filter2D(u, -1, ker, borderType=cv2.BORDER_REFLECT_101) - uvv + f * (1 - u)
        v += .10 * cv2.filter2D(v, -1, ker, borderType=cv2.BORDER_REFLECT_101) + uvv - (f + k) * v
    x = cv2.resize(np.clip(v / max(v.max(), 1e-6), 0, 1), (s, s), interpolation=cv2.INTER_CUBIC)[..., None]
    return colourise(rng, x)


def gradient(rng, s):
    """Smooth two-dimensional colour gradient with faint grain."""
    g = cv2.resize(palette(rng, 9).reshape(3, 3, 3), (s, s), interpolation=cv2.INTER_CUBIC)
    return g + rng.normal(0, rng.uniform(0, .02), (s, s, 1))


def line_art(rng, s):
    """Lines, curves, boxes and lettering on a plain or graded page."""
    img = np.ascontiguousarray(gradient(rng, s) if rng.random() < .5 else
                               np.broadcast_to(palette(rng, 1)[0], (s, s, 3)), dtype=np.float32).copy()
    words = ["kiln", "studio", "Form", "1987", "light", "colour", "ABC", "&", "north", "x7", "river"]
    for _ in range(rng.integers(10, 60)):
        col = [float(v) for v in palette(rng, 1)[0]]
        p = [tuple(int(v) for v in rng.uniform(0, s, 2)) for _ in range(2)]
        w = int(rng.integers(1, 6))
        kind = rng.integers(5)
        if kind == 0:
            cv2.line(img, p[0], p[1], col, w, cv2.LINE_AA)
        elif kind == 1:
            cv2.circle(img, p[0], int(rng.uniform(5, s / 4)), col, w, cv2.LINE_AA)
        elif kind == 2:
            cv2.rectangle(img, p[0], p[1], col, w)
        elif kind == 3:
            cv2.putText(img, str(rng.choice(words)), p[0], int(rng.integers(0, 8)), float(rng.uniform(.6, 3)),
                        col, w, cv2.LINE_AA)
        else:
            t = np.linspace(0, 1, 40)
            x = p[0][0] + t * (p[1][0] - p[0][0]) + 40 * np.sin(t * rng.uniform(2, 12))
            y = p[0][1] + t * (p[1][1] - p[0][1]) + 40 * np.cos(t * rng.uniform(2, 12))
            cv2.polylines(img, [np.stack([x, y], 1).astype(np.int32)], False, col, w, cv2.LINE_AA)
    return img


def generate(seed, count, s=384):
    """List of `count` uint8 RGB images [s,s,3]; the same seed gives the same list."""
    rng = np.random.default_rng(seed)
    makers = [dead_leaves] * 6 + [lambda r, n: texture(r, n)] * 2 + [gradient, line_art, line_art, reaction_diffusion]
    out = []
    for i in range(count):
        x = makers[i % len(makers)](rng, s)
        out.append((np.clip(x, 0, 1) * 255 + .5).astype(np.uint8))
    return out
