"""Image cache and sampler for Kiln Style.

Everything is decoded once into one flat memory-mapped uint8 file with an index (offset, height,
width, group, name). Photographs are split by photo id (the held-out list of the inpainting model),
paintings by file (`heldout_styles.txt`).
"""
import json
import pathlib
import queue
import sys
import threading
import zipfile

import cv2
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DEFAULT_DATA = ROOT.parent / "shared" / "data"
sys.path.append(str(HERE.parent / "inpaint"))
import procedural  # noqa: E402

PROCEDURAL_SEED, PROCEDURAL_COUNT = 515, 100
CONTENT_SHARES = {"photo": 0.85, "procedural": 0.1, "painting": 0.05}
STYLE_SHARES = {"painting": 0.62, "procedural": 0.16, "photo": 0.16, "pixel": 0.06}


def lines(path):
    """Non-empty lines that are not comments."""
    return {x.strip() for x in path.read_text().split("\n") if x.strip() and not x.startswith("#")}


def heldout_ids():
    """Photo ids kept out of training."""
    return lines(HERE.parent / "inpaint" / "heldout.txt")


def heldout_styles():
    """Files of paintings kept out of training."""
    return lines(HERE / "heldout_styles.txt")


def read_rgb(path):
    """uint8 RGB [H,W,3]."""
    return cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def build_cache(data, out):
    """Decode the training images into out/cache.{bin,json}."""
    data, out = pathlib.Path(data), pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    if (out / "cache.json").exists():
        return
    held, index, offset = heldout_ids(), [], 0
    with open(out / "cache.bin", "wb") as f:
        def put(img, group, name):
            nonlocal offset
            if min(img.shape[:2]) < 176:
                return
            f.write(np.ascontiguousarray(img).tobytes())
            index.append([offset, img.shape[0], img.shape[1], group, name])
            offset += img.size
        for r in map(json.loads, open(data / "photos" / "photos.jsonl")):
            if r["id"] not in held:
                put(read_rgb(data / "photos" / r["file"]), "photo", r["id"])
        for p in sorted((data / "paintings_style").glob("*.jpg")):
            if p.name in heldout_styles():
                continue
            img = read_rgb(p)
            for side in (1024, 640, 420):
                k = side / max(img.shape[:2])
                if k <= 1:
                    put(cv2.resize(img, None, fx=k, fy=k, interpolation=cv2.INTER_AREA), "painting", p.stem)
        with zipfile.ZipFile(data / "artworks_pixel" / "art256.zip") as z:
            for n in sorted(z.namelist())[::2]:
                if n.endswith(".png"):
                    img = cv2.imdecode(np.frombuffer(z.read(n), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
                    put(cv2.resize(img, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), "pixel", n)
        for i, img in enumerate(procedural.generate(PROCEDURAL_SEED, PROCEDURAL_COUNT)):
            put(img, "procedural", str(i))
    (out / "cache.json").write_text(json.dumps(index))


class Sampler:
    """Random contents and styles; the same seed and draw order give the same crops."""

    def __init__(self, out, seed):
        out = pathlib.Path(out)
        index = json.loads((out / "cache.json").read_text())
        self.mem = np.memmap(out / "cache.bin", np.uint8, "r")
        self.groups = {}
        for e in index:
            self.groups.setdefault(e[3], []).append(e)
        self.classes = sorted({e[4] for e in self.groups["painting"]}) + ["photo", "procedural", "pixel"]
        self.rng = np.random.default_rng(seed)

    def crop(self, shares, s, biggest):
        """(uint8 [s,s,3], class number): a crop of 1..biggest times s, reduced."""
        rng, names = self.rng, list(shares)
        for _ in range(4):
            name = names[rng.choice(len(names), p=np.array(list(shares.values())) / sum(shares.values()))]
            off, h, w, group, item = self.groups[name][rng.integers(len(self.groups[name]))]
            side = min(h, w, int(s * rng.uniform(1, biggest)))
            side = max(side, s) if min(h, w) >= s else min(h, w)
            y, x = rng.integers(0, h - side + 1), rng.integers(0, w - side + 1)
            c = self.mem[off:off + h * w * 3].reshape(h, w, 3)[y:y + side, x:x + side]
            if c[::8, ::8].std() > 12 or rng.random() < .2:
                break
        if side != s:
            c = cv2.resize(np.ascontiguousarray(c), (s, s), interpolation=cv2.INTER_AREA if side > s else cv2.INTER_CUBIC)
        c = c[:, ::-1] if rng.random() < .5 else c
        return c, self.classes.index(item if group == "painting" else group)

    def recolour(self, img):
        """Now and then other colours, so that more palettes are seen than there are paintings. float32 [s,s,3] 0..1."""
        rng, x = self.rng, img.astype(np.float32) / 255
        if rng.random() < .3:
            x = x[..., rng.permutation(3)]
            x = 1 - x if rng.random() < .25 else x
        x = (x - .5) * rng.uniform(.85, 1.15) * rng.uniform(.92, 1.08, 3) + .5 + rng.uniform(-.06, .06)
        return np.clip(x, 0, 1).astype(np.float32)

    def batch(self, n, s):
        """contents and styles float32 [n,3,s,s] in 0..1; class of each style int64 [n]."""
        content = np.stack([self.recolour(self.crop(CONTENT_SHARES, s, 3.5)[0]) for _ in range(n)])
        drawn = [self.crop(STYLE_SHARES, s, 2.0) for _ in range(n)]
        style = np.stack([self.recolour(c) for c, _ in drawn])
        nchw = lambda a: np.ascontiguousarray(a.transpose(0, 3, 1, 2))
        return nchw(content), nchw(style), np.array([k for _, k in drawn])


def prefetch(sampler, n, s, depth=3):
    """Endless batches made one ahead in a thread."""
    q = queue.Queue(depth)

    def work():
        while True:
            q.put(sampler.batch(n, s))
    threading.Thread(target=work, daemon=True).start()
    while True:
        yield q.get()
