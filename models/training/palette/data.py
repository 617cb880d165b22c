"""Five-colour palettes of crops of paintings, museum artworks (pixel art) and photographs, in OKLab.

A palette is the set of centres of weighted k-means in OKLab over a 5-bit histogram, each bin weighing
count^0.6 so that small accents count. Centres are rounded to 8-bit sRGB, as a studio shows them.
Split by picture: photographs of ../inpaint/heldout.txt, two paintings and every eighth artwork are held out.
"""
import io
import json
import pathlib
import zipfile

import cv2
import numpy as np

import colour

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DEFAULT_DATA = ROOT.parent / "shared" / "data"
COLOURS, SEED = 5, 41
HELD_OUT_PAINTINGS = ("hokusai_great_wave_detail.jpg", "van_gogh_cottages.jpg")


def heldout_ids():
    lines = (HERE.parent / "inpaint" / "heldout.txt").read_text().split("\n")
    return {x.strip() for x in lines if x.strip() and not x.startswith("#")}


def extract(rgb, rng, k=COLOURS, rounds=14):
    """uint8 [H,W,3] -> uint8 [k,3] in random order, or None where the picture has fewer colours."""
    q = (rgb.reshape(-1, 3) >> 3).astype(np.int64)
    code = (q[:, 0] << 10) | (q[:, 1] << 5) | q[:, 2]
    count = np.bincount(code, minlength=32768)
    used = np.flatnonzero(count)
    if len(used) < k:
        return None
    sums = np.stack([np.bincount(code, rgb.reshape(-1, 3)[:, c], 32768)[used] for c in range(3)], -1)
    lab, weight = colour.to_oklab(sums / count[used, None] / 255), count[used] ** .6
    centres = [lab[rng.choice(len(lab), p=weight / weight.sum())]]
    for _ in range(k - 1):
        d = np.min([((lab - c) ** 2).sum(1) for c in centres], 0) * weight
        centres.append(lab[rng.choice(len(lab), p=d / d.sum())])
    centres = np.array(centres)
    for _ in range(rounds):
        near = ((lab[:, None] - centres) ** 2).sum(-1).argmin(1)
        for j in range(k):
            m = near == j
            if m.any():
                centres[j] = (lab[m] * weight[m, None]).sum(0) / weight[m].sum()
    return np.round(colour.from_oklab(centres) * 255).astype(np.uint8)


def sources(data):
    """(group, split, picture) for every picture."""
    data, held = pathlib.Path(data), heldout_ids()
    for p in sorted((data / "paintings_style").glob("*.jpg")):
        yield "painting", "test" if p.name in HELD_OUT_PAINTINGS else "train", p.stem, cv2.imread(str(p))[..., ::-1]
    archive = zipfile.ZipFile(data / "artworks_pixel" / "art256.zip")
    for i, name in enumerate(sorted(n for n in archive.namelist() if n.endswith(".png"))):
        img = cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        yield "artwork", "test" if i % 8 == 3 else "train", name, img
    for line in open(data / "photos" / "photos.jsonl"):
        r = json.loads(line)
        yield "photo", "test" if r["id"] in held else "train", r["id"], cv2.imread(str(data / "photos" / r["file"]))[..., ::-1]


PER_PICTURE = {"painting": 240, "artwork": 24, "photo": 12}


def load(data, out):
    """train, validation, test: uint8 [N,5,3]. Validation is every tenth training picture (early stopping)."""
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    cache = out / "palettes.npz"
    if not cache.exists():
        rng, found = np.random.default_rng(SEED), {"train": [], "validation": [], "test": []}
        names = {}
        for group, split, name, img in sources(data):
            number = names.setdefault((group, name), len(names))
            if split == "train" and number % 10 == 7:
                split = "validation"
            k = min(1, 400 / max(img.shape[:2]))
            img = cv2.resize(img, None, fx=k, fy=k, interpolation=cv2.INTER_AREA) if k < 1 else img
            for i in range(PER_PICTURE[group]):
                share = 1 if i == 0 else rng.uniform(.2, .95)
                h, w = (max(24, int(s * share)) for s in img.shape[:2])
                y, x = rng.integers(0, img.shape[0] - h + 1), rng.integers(0, img.shape[1] - w + 1)
                p = extract(np.ascontiguousarray(img[y:y + h, x:x + w]), rng)
                if p is not None:
                    found[split].append(p)
        np.savez(cache, **{k: np.stack(v) for k, v in found.items()})
    return dict(np.load(cache))


def dequantised(palettes, rng):
    """uint8 [n,5,3] -> float32 OKLab [n,15]: uniform within the 8-bit step, colours in random order."""
    n = len(palettes)
    order = np.argsort(rng.random((n, COLOURS)), 1)
    x = np.take_along_axis(palettes, order[..., None], 1).astype(np.float64)
    return colour.to_oklab(np.clip((x + rng.uniform(-.5, .5, x.shape)) / 255, 0, 1)).reshape(n, -1).astype(np.float32)


if __name__ == "__main__":
    d = load(DEFAULT_DATA, HERE / ".runs" / "cache")
    print({k: v.shape for k, v in d.items()})
    x = d["train"][np.random.default_rng(0).choice(len(d["train"]), 240, replace=False)]
    x = np.stack([p[colour.to_oklab(p / 255)[:, 0].argsort()] for p in x])
    sheet = np.concatenate([x[i * 40:(i + 1) * 40] for i in range(6)], 1)
    cv2.imwrite(str(HERE / ".runs" / "palettes.png"), cv2.resize(sheet[..., ::-1], None, fx=24, fy=16, interpolation=cv2.INTER_NEAREST))
