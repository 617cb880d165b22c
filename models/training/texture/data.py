"""Training and held-out textures: procedural materials (textures.py), and stationary crops of photographs and paintings.

Photographs of ../inpaint/heldout.txt are never trained on.
"""
import json
import pathlib

import cv2
import numpy as np

import textures

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DEFAULT_DATA = ROOT.parent / "shared" / "data"
S = 192
TRAIN_SEED, HELDOUT_SEED, EACH, EACH_HELDOUT = 20262, 977, 6, 2


def heldout_ids():
    """Photo ids kept out of training."""
    lines = (HERE.parent / "inpaint" / "heldout.txt").read_text().split("\n")
    return {x.strip() for x in lines if x.strip() and not x.startswith("#")}


def height_of_photo(rgb):
    """A guess at relief: luminance without its slow part; uint8 [S,S]."""
    y = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    y = cv2.GaussianBlur(y - cv2.GaussianBlur(y, (0, 0), 24), (0, 0), .7)
    lo, hi = np.percentile(y, [1, 99])
    return (np.clip((y - lo) / max(hi - lo, 1e-6), 0, 1) * 255).astype(np.uint8)


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
    """The most stationary crops, at most `per_group` of one photo or painting: list of (kind, uint8 [S,S,4])."""
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
        kept = []
        for i in sorted((i for i in items if np.isfinite(i[0])), key=lambda i: i[0]):
            if len(kept) < per_group and all(i[3] != j[3] or abs(i[4] - j[4]) + abs(i[5] - j[5]) >= S for j in kept):
                kept.append(i)
        best += kept
    best = sorted(best, key=lambda i: i[0])[:limit]
    return [(k, np.concatenate([c, height_of_photo(c)[..., None]], -1)) for _, k, c, *_ in best]


class Textures:
    """Materials (rendered from fresh noise) and pictures (random crops), under one numbering."""

    def __init__(self, materials, pictures):
        self.materials, self.pictures = materials, pictures
        self.kinds = [k for k, _ in materials] + [k for k, _ in pictures]

    def __len__(self):
        return len(self.kinds)

    def crops(self, which, rng, height, width):
        """float32 [n,4,height,width] -1..1 of textures by number, and the fields [n,44,height,width] each was made from
        (for pictures: any)."""
        out, fields = [], []
        for i in which:
            f = textures.Field(textures.draw_noise(rng, height, width), height, width)
            if i < len(self.materials):
                out.append(textures.render(self.materials[i], f))
            else:
                p = self.pictures[i - len(self.materials)][1]
                y, x = rng.integers(0, S - height + 1), rng.integers(0, S - width + 1)
                out.append(p[y:y + height, x:x + width].transpose(2, 0, 1).astype(np.float32) / 127.5 - 1)
            fields.append(f.channels())
        return np.stack(out), np.stack(fields)


def load(data, out):
    """(training, held-out) Textures; crops of pictures are cached in out/pictures.npz."""
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    cache = out / "pictures.npz"
    if not cache.exists():
        data, held = pathlib.Path(data), heldout_ids()
        records = [json.loads(line) for line in open(data / "photos" / "photos.jsonl")]
        photos = [(r["id"], "photo", data / "photos" / r["file"], .75) for r in records]
        paintings = [(p.stem, "painting", p, .75) for p in sorted((data / "paintings_style").glob("*.jpg"))]
        train = crops_of([p for p in photos if p[0] not in held], 2, 30) + crops_of(paintings, 1, 6)
        test = crops_of([p for p in photos if p[0] in held], 1, 12)
        np.savez(cache, train=np.stack([c for _, c in train]), heldout=np.stack([c for _, c in test]),
                 train_kinds=np.array([k for k, _ in train]), heldout_kinds=np.array([k for k, _ in test]))
    d = np.load(cache)
    return (Textures(textures.library(TRAIN_SEED, EACH), []),
            Textures(textures.library(HELDOUT_SEED, EACH_HELDOUT), list(zip(map(str, d["heldout_kinds"]), d["heldout"]))))
