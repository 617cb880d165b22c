"""Training pictures and batches.

Every sharp picture is decoded once, cut to multiples of 4 and stored with its bicubic halves and
quarters (Pillow BICUBIC, antialiased: the degradation that faithful models undo) in one flat
memory-mapped uint8 file. Crops are then plain slices.
"""
import importlib.util
import json
import pathlib
import queue
import threading

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DEFAULT_DATA = ROOT.parent / "shared" / "data"
SEED, MIXED, PAGES = 20262, 84, 90


def _procedural():
    """The seeded picture generator of the inpainting scripts (imported by path: both folders have like-named files)."""
    spec = importlib.util.spec_from_file_location("procedural", HERE.parent / "inpaint" / "procedural.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def heldout_ids():
    """Photo ids never trained on; the same list for all of Kiln's models."""
    lines = (HERE.parent / "inpaint" / "heldout.txt").read_text().split("\n")
    return {x.strip() for x in lines if x.strip() and not x.startswith("#")}


def photo_files(data, held):
    """[(id, path)] of the training (held False) or held-out (held True) photographs, whole and tiles."""
    ids = heldout_ids()
    with open(pathlib.Path(data) / "photos" / "photos.jsonl") as f:
        records = [json.loads(line) for line in f]
    return [(r["id"], pathlib.Path(data) / "photos" / r["file"]) for r in records if (r["id"] in ids) == held]


def cut(image):
    """Pillow image cut to multiples of 4."""
    return image.crop((0, 0, image.width // 4 * 4, image.height // 4 * 4))


def smaller(image, factor):
    """Bicubic, antialiased reduction by an integer factor."""
    return image.resize((image.width // factor, image.height // factor), Image.BICUBIC)


def page(rng, fonts, s=384):
    """A page of small lettering, drawn at twice the size and reduced by area so that every edge is clean."""
    paper = rng.integers(200, 256, 3) if rng.random() < .6 else rng.integers(0, 256, 3)
    img = Image.new("RGB", (2 * s, 2 * s), tuple(int(v) for v in paper))
    draw = ImageDraw.Draw(img)
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?&()-+%ÄÖÜéñß"
    y = int(rng.integers(0, 30))
    while y < 2 * s:
        size = int(rng.choice([18, 22, 26, 32, 44, 64, 110], p=[.2, .2, .2, .15, .12, .08, .05]))
        font = ImageFont.truetype(fonts[rng.integers(len(fonts))], size)
        ink = paper + rng.choice([-1, 1], 3) * rng.integers(60, 255, 3) if rng.random() < .4 else np.full(3, 20 if paper.mean() > 127 else 235)
        words = " ".join("".join(rng.choice(list(letters[:26] if rng.random() < .7 else letters), rng.integers(1, 9)))
                         for _ in range(14))
        draw.text((int(rng.integers(-20, 60)), y), words, font=font, fill=tuple(int(v) for v in np.clip(ink, 0, 255)))
        y += int(size * rng.uniform(1.1, 1.6))
    for _ in range(rng.integers(0, 5)):
        box = sorted(int(v) for v in rng.integers(0, 2 * s, 4))
        draw.rectangle((box[0], box[1], box[2], box[3]), outline=tuple(int(v) for v in rng.integers(0, 256, 3)), width=int(rng.integers(1, 7)))
    return img.resize((s, s), Image.BOX)


def build_cache(data, out):
    """out/cache.{bin,json}: training photographs as they are and halved by area (sharp, without JPEG marks),
    paintings, procedural scenes, pages of text."""
    data, out = pathlib.Path(data), pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    if (out / "cache.json").exists():
        return
    index, offset = [], 0
    with open(out / "cache.bin", "wb") as f:
        def put(image, group):
            nonlocal offset
            image = cut(image)
            at = []
            for k in (1, 2, 4):
                a = np.asarray(image if k == 1 else smaller(image, k))
                f.write(a.tobytes())
                at.append(offset)
                offset += a.size
            index.append([at, image.height, image.width, group])
        for _, p in photo_files(data, held=False):
            image = Image.open(p).convert("RGB")
            put(image, "photo")
            put(image.resize((image.width // 2, image.height // 2), Image.BOX), "half")
        for p in sorted((data / "paintings_style").glob("*.jpg")):
            image = Image.open(p).convert("RGB")
            k = min(.5, 1000 / max(image.size))
            put(image.resize((round(image.width * k), round(image.height * k)), Image.BOX), "painting")
        module = _procedural()
        for a in module.generate(SEED, MIXED, 512):
            put(Image.fromarray(a), "procedural")
        rng = np.random.default_rng(SEED)
        fonts = sorted(str(p) for p in pathlib.Path("/usr/share/fonts").rglob("DejaVu*.ttf") if "Math" not in p.name)
        for i in range(PAGES):
            if i % 3 == 0 or not fonts:
                a = (np.clip(module.line_art(rng, 768), 0, 1) * 255 + .5).astype(np.uint8)
                put(Image.fromarray(a).resize((384, 384), Image.BOX), "page")
            else:
                put(page(rng, fonts), "page")
    (out / "cache.json").write_text(json.dumps(index))


def degrade(rng, crop, factor, strongest=1.0):
    """uint8 [h,w,3] -> uint8 [h/factor,w/factor,3]: blur, reduction, noise and JPEG as old, small web pictures have them.

    A short form of Real-ESRGAN's degradation (Wang et al. 2021, arXiv:2107.10833).
    """
    x = crop
    if rng.random() < .75:
        x = cv2.GaussianBlur(x, (0, 0), float(rng.uniform(.3, .25 + .55 * factor * strongest)), sigmaY=float(rng.uniform(.3, .25 + .55 * factor * strongest)))
    h, w = crop.shape[0] // factor, crop.shape[1] // factor
    how = [cv2.INTER_AREA, cv2.INTER_CUBIC, cv2.INTER_LINEAR][rng.integers(3)]
    if how != cv2.INTER_AREA:
        x = cv2.GaussianBlur(x, (0, 0), .35 * factor)
    x = cv2.resize(x, (w, h), interpolation=how).astype(np.float32)
    if rng.random() < .8:
        sigma = rng.uniform(0, 16 * strongest)
        grey = rng.random() < .4
        noise = rng.normal(0, sigma, (h, w, 1 if grey else 3))
        if rng.random() < .3:
            noise = noise * np.sqrt(np.maximum(x, 0) / 128)
        x = x + noise
    x = np.clip(x + .5, 0, 255).astype(np.uint8)
    if rng.random() < .85:
        # Blocks of the codec need not lie on the crop's grid.
        dy, dx = rng.integers(0, 8, 2)
        y = cv2.copyMakeBorder(x, dy, 0, dx, 0, cv2.BORDER_REFLECT)
        _, code = cv2.imencode(".jpg", y, [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(100 - 72 * strongest, 96))])
        x = cv2.imdecode(code, cv2.IMREAD_COLOR)[dy:, dx:]
    return x


class Sampler:
    """Random pairs of crops. The same seed and draw order give the same batches."""

    GROUPS = ("photo", "half", "painting", "procedural", "page")

    def __init__(self, out, seed, factor, degraded, shares=(.48, .26, .05, .07, .14)):
        out = pathlib.Path(out)
        index = json.loads((out / "cache.json").read_text())
        self.mem = np.memmap(out / "cache.bin", np.uint8, "r")
        self.groups = [[e for e in index if e[3] == n] for n in self.GROUPS]
        self.shares = np.array(shares) / sum(shares)
        self.rng = np.random.default_rng(seed)
        self.factor, self.degraded = factor, degraded

    def plane(self, entry, k):
        """The picture of an entry, reduced k times (1, 2, 4)."""
        at, h, w, _ = entry
        h, w = h // k, w // k
        start = at[(1, 2, 4).index(k)]
        return self.mem[start:start + h * w * 3].reshape(h, w, 3)

    def pair(self, s):
        """small uint8 [s,s,3], large uint8 [s*factor,...]; flat places are mostly redrawn, since they teach little."""
        rng, k = self.rng, self.factor
        for _ in range(4):
            g = self.groups[rng.choice(len(self.groups), p=self.shares)]
            e = g[rng.integers(len(g))]
            low, high = self.plane(e, k), self.plane(e, 1)
            if low.shape[0] < s or low.shape[1] < s:
                continue
            y, x = rng.integers(0, low.shape[0] - s + 1), rng.integers(0, low.shape[1] - s + 1)
            a, b = low[y:y + s, x:x + s], high[y * k:(y + s) * k, x * k:(x + s) * k]
            if np.abs(np.diff(b[::3, :, 1].astype(np.int16), axis=1)).mean() > 4 or rng.random() < .25:
                break
        if self.degraded and rng.random() < .93:
            a = degrade(rng, np.ascontiguousarray(b), k)
        turn, flip = rng.integers(4), rng.random() < .5
        a, b = np.rot90(a, turn), np.rot90(b, turn)
        return (a[:, ::-1], b[:, ::-1]) if flip else (a, b)

    def batch(self, n, s):
        """float32 0..1 small [n,3,s,s], large [n,3,s*factor,s*factor]."""
        pairs = [self.pair(s) for _ in range(n)]
        return tuple(np.ascontiguousarray(np.stack([p[i] for p in pairs]).transpose(0, 3, 1, 2), np.float32) / 255 for i in (0, 1))


def prefetch(sampler, n, s, depth=4):
    """Endless batches made ahead in a thread."""
    q = queue.Queue(depth)

    def work():
        while True:
            q.put(sampler.batch(n, s))
    threading.Thread(target=work, daemon=True).start()
    while True:
        yield q.get()


def heldout(data, whole=True, tiles=True):
    """[(name, Pillow image cut to multiples of 4)] of the held-out photographs."""
    out = []
    for _, p in photo_files(data, held=True):
        if (tiles if "_" in p.stem else whole):
            out.append((p.stem, cut(Image.open(p).convert("RGB"))))
    return out
