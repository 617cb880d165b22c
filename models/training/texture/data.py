"""Training and held-out textures: procedural ones with their height, and stationary crops of photographs and paintings.

Photographs of ../inpaint/heldout.txt are never trained on; held-out procedural textures have seeds of their own.
"""
import json
import pathlib

import cv2
import numpy as np

import textures

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DEFAULT_DATA = ROOT.parent / "shared" / "data"
S = textures.S
TRAIN_SEED, HELDOUT_SEED, EACH, EACH_HELDOUT = 20262, 977, 6, 2


def heldout_ids():
    """Photo ids kept out of training."""
    lines = (HERE.parent / "inpaint" / "heldout.txt").read_text().split("\n")
    return {x.strip() for x in lines if x.strip() and not x.startswith("#")}


def height_of_photo(rgb):
    """A guess at relief: luminance without its slow part; uint8 [S,S]."""
    y = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    y -= cv2.GaussianBlur(y, (0, 0), 24)
    return (textures.unit(cv2.GaussianBlur(y, (0, 0), .7)) * 255).astype(np.uint8)


def stationarity(c):
    """How alike the quadrants of a crop are (0 = the same): colour, contrast and gradient energy; inf for flat crops."""
    lab = cv2.cvtColor(c, cv2.COLOR_RGB2LAB).astype(np.float32)
    g = np.abs(cv2.Laplacian(lab[..., 0], cv2.CV_32F))
    h = S // 2
    q = [(lab[a:a + h, b:b + h], g[a:a + h, b:b + h]) for a in (0, h) for b in (0, h)]
    if lab[..., 0].std() < 9 or g.mean() < 5:
        return np.inf
    v = np.array([[*x.mean((0, 1)), *x.std((0, 1)), np.log(y.mean() + 1) * 20] for x, y in q])
    return float(v.std(0).sum())


def crops_of(paths, per_group, limit):
    """The most stationary crops, at most `per_group` of one photo or painting: list of (kind, rgb, height)."""
    found = {}
    for group, kind, path, scale in paths:
        img = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        img = cv2.resize(img, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for y in range(0, img.shape[0] - S + 1, S // 2):
            for x in range(0, img.shape[1] - S + 1, S // 2):
                c = img[y:y + S, x:x + S]
                found.setdefault(group, []).append((stationarity(c), kind, c.copy(), str(path), y, x))
    best = []
    for items in found.values():
        items = sorted((i for i in items if np.isfinite(i[0])), key=lambda i: i[0])
        kept = []
        for i in items:
            if len(kept) < per_group and all(i[3] != j[3] or abs(i[4] - j[4]) + abs(i[5] - j[5]) >= S for j in kept):
                kept.append(i)
        best += kept
    best = sorted(best, key=lambda i: i[0])[:limit]
    return [(k, c, height_of_photo(c)) for _, k, c, *_ in best]


def load(data, out):
    """Dictionary of arrays, cached in out/textures.npz: train, heldout uint8 [N,S,S,4] (RGB, height); kinds as text."""
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    cache = out / "textures.npz"
    if not cache.exists():
        data, held = pathlib.Path(data), heldout_ids()
        records = [json.loads(line) for line in open(data / "photos" / "photos.jsonl")]
        photos = [(r["id"], "photo", data / "photos" / r["file"], .75) for r in records]
        paintings = [(p.stem, "painting", p, .75) for p in sorted((data / "paintings_style").glob("*.jpg"))]
        train = textures.generate(TRAIN_SEED, EACH)
        train += crops_of([p for p in photos if p[0] not in held], 2, 30) + crops_of(paintings, 1, 6)
        test = textures.generate(HELDOUT_SEED, EACH_HELDOUT) + crops_of([p for p in photos if p[0] in held], 1, 16)

        def pack(items):
            return np.stack([np.concatenate([c, h[..., None]], -1) for _, c, h in items])
        np.savez(cache, train=pack(train), heldout=pack(test), train_kinds=np.array([k for k, *_ in train]),
                 heldout_kinds=np.array([k for k, *_ in test]))
    return dict(np.load(cache))


def crops(rng, images, height, width):
    """One random crop of each texture: float32 [n,4,height,width], -1..1."""
    corners = zip(rng.integers(0, S - height + 1, len(images)), rng.integers(0, S - width + 1, len(images)))
    found = np.stack([images[i, y:y + height, x:x + width] for i, (y, x) in enumerate(corners)])
    return found.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1


if __name__ == "__main__":
    d = load(DEFAULT_DATA, HERE / ".runs" / "cache")
    print({k: v.shape for k, v in d.items()})
    for name in ("train", "heldout"):
        x = d[name][:, ::2, ::2, :3]
        n = 24
        x = np.concatenate([x, np.zeros((-len(x) % n, *x.shape[1:]), np.uint8)])
        sheet = np.concatenate([np.concatenate(list(x[i:i + n]), 1) for i in range(0, len(x), n)])
        cv2.imwrite(str(HERE / ".runs" / f"{name}.png"), sheet[..., ::-1])
