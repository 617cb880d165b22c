"""Image cache and batch sampler.

Every training image is decoded once into one flat memory-mapped uint8 file with an index
(offset, height, width, group). Crops are then plain array slices.
"""
import json
import pathlib
import queue
import threading

import cv2
import numpy as np

import masks
import procedural

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DEFAULT_DATA = ROOT.parent / "shared" / "data"
SCALES = (1.0, 0.7, 0.5)
PROCEDURAL_SEED, PROCEDURAL_COUNT = 20261, 120


def heldout_ids():
    """Photo ids kept out of training."""
    lines = (HERE / "heldout.txt").read_text().split("\n")
    return {x.strip() for x in lines if x.strip() and not x.startswith("#")}


def read_rgb(path):
    """uint8 RGB [H,W,3]."""
    return cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def photo_records(data):
    """All records of photos.jsonl."""
    with open(pathlib.Path(data) / "photos" / "photos.jsonl") as f:
        return [json.loads(line) for line in f]


def build_cache(data, out):
    """Decode training images (not held out) at SCALES into out/cache.{bin,json}."""
    data, out = pathlib.Path(data), pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    if (out / "cache.json").exists():
        return
    held = heldout_ids()
    index, offset = [], 0
    with open(out / "cache.bin", "wb") as f:
        def put(img, group):
            nonlocal offset
            f.write(np.ascontiguousarray(img).tobytes())
            index.append([offset, img.shape[0], img.shape[1], group])
            offset += img.size

        def put_scaled(img, group):
            for k in SCALES:
                h, w = round(img.shape[0] * k), round(img.shape[1] * k)
                if min(h, w) >= 256:
                    put(img if k == 1 else cv2.resize(img, (w, h), interpolation=cv2.INTER_AREA), group)
        for r in photo_records(data):
            if r["id"] not in held:
                put_scaled(read_rgb(data / "photos" / r["file"]), "photo")
        for p in sorted((data / "paintings_style").glob("*.jpg")):
            img = read_rgb(p)
            k = 720 / max(img.shape[:2])
            put_scaled(cv2.resize(img, None, fx=k, fy=k, interpolation=cv2.INTER_AREA), "painting")
        for img in procedural.generate(PROCEDURAL_SEED, PROCEDURAL_COUNT):
            put(img, "procedural")
    (out / "cache.json").write_text(json.dumps(index))


class Sampler:
    """Random crops with masks. Deterministic for a given seed and draw order."""

    def __init__(self, out, seed, shares=(0.86, 0.04, 0.10)):
        out = pathlib.Path(out)
        self.index = json.loads((out / "cache.json").read_text())
        self.mem = np.memmap(out / "cache.bin", np.uint8, "r")
        names = ("photo", "painting", "procedural")
        self.groups = [[e for e in self.index if e[3] == n] for n in names]
        self.shares = np.array(shares) / sum(shares)
        self.rng = np.random.default_rng(seed)

    def crop(self, s):
        """uint8 [s,s,3]; flat crops are mostly redrawn, since they teach little."""
        rng = self.rng
        for _ in range(3):
            g = self.groups[rng.choice(3, p=self.shares)]
            off, h, w, _ = g[rng.integers(len(g))]
            img = self.mem[off:off + h * w * 3].reshape(h, w, 3)
            # Any scale between those of the cache: a larger crop, shrunk.
            t = min(h, w, int(s * rng.uniform(1, 1.45)))
            y, x = rng.integers(0, h - t + 1), rng.integers(0, w - t + 1)
            c = img[y:y + t, x:x + t]
            if t > s:
                c = cv2.resize(c, (s, s), interpolation=cv2.INTER_AREA)
            if c[::8, ::8].std() > 12 or rng.random() < .3:
                break
        c = np.rot90(c, rng.integers(4))
        return c[:, ::-1] if rng.random() < .5 else c

    def batch(self, n, s):
        """images float32 [n,3,s,s] in 0..1, masks float32 [n,1,s,s]."""
        rng = self.rng
        img = np.stack([self.crop(s) for _ in range(n)]).astype(np.float32) / 255
        gain = rng.uniform(.85, 1.15, (n, 1, 1, 1)) * rng.uniform(.94, 1.06, (n, 1, 1, 3))
        shift = rng.uniform(-.06, .06, (n, 1, 1, 1))
        img = np.clip((img - .5) * gain + .5 + shift, 0, 1).astype(np.float32)
        m = np.stack([masks.random_mask(rng, s) for _ in range(n)])[:, None].astype(np.float32)
        return np.ascontiguousarray(img.transpose(0, 3, 1, 2)), m


def prefetch(sampler, n, s, depth=3):
    """Endless batches made one ahead in a thread (cv2 and numpy release the GIL)."""
    q = queue.Queue(depth)

    def work():
        while True:
            q.put(sampler.batch(n, s))
    threading.Thread(target=work, daemon=True).start()
    while True:
        yield q.get()


def heldout_crops(data, s=256, per_photo=3, seed=7):
    """Fixed held-out crops: list of (photo id, uint8 [s,s,3]).

    One crop of the whole photo and the rest from its tiles (or from the whole photo at
    other places where it has no tiles), at random scale 0.6..1.
    """
    rng = np.random.default_rng(seed)
    held = heldout_ids()
    recs = photo_records(data)
    out = []
    for pid in sorted(held):
        whole = [r for r in recs if r["id"] == pid and r["kind"] == "whole"][0]
        tiles = [r for r in recs if r["id"] == pid and r["kind"] == "crop"]
        order = [whole] + [tiles[i] for i in rng.permutation(len(tiles))][:per_photo - 1]
        while len(order) < per_photo:
            order.append(whole)
        for r in order:
            img = read_rgb(pathlib.Path(data) / "photos" / r["file"])
            k = max(rng.uniform(.6, 1.0), (s + 1) / min(img.shape[:2]))
            if k < 1:
                img = cv2.resize(img, None, fx=k, fy=k, interpolation=cv2.INTER_AREA)
            y, x = rng.integers(0, img.shape[0] - s + 1), rng.integers(0, img.shape[1] - s + 1)
            out.append((pid, img[y:y + s, x:x + s].copy()))
    return out
