"""Evaluate the upscalers on held-out photographs against bicubic and Lanczos.

    python3 evaluate.py [--runs .runs] [--sheet contact-sheet.jpg] [--json figures.json]

91 pictures (18 photographs, whole and tiles) that training never saw, reduced with Pillow's BICUBIC. PSNR and SSIM of
the luma (BT.601, studio range) of 8-bit results, a border as wide as the factor left out; means over pictures. Texture:
variance of the Laplacian of the result over that of the original, median. "degraded": blurred, reduced, noisy, JPEG.
"""
import argparse
import json

import cv2
import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from skimage.metrics import structural_similarity

import export
import pictures
import train


def luma(a):
    """uint8 RGB -> float64 luma 16..235."""
    return a.astype(np.float64) @ np.array([65.481, 128.553, 24.966]) / 255 + 16


def figures(made, truth, border):
    """uint8 [H,W,3] each -> PSNR (dB), SSIM, texture."""
    a, b = (luma(x)[border:-border, border:-border] for x in (made, truth))
    lap = [cv2.Laplacian(x, cv2.CV_64F).var() for x in (a, b)]
    return {"psnr": float(10 * np.log10(255 ** 2 / max(((a - b) ** 2).mean(), 1e-3))),
            "ssim": float(structural_similarity(a, b, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)),
            "texture": float((lap[0] + .5) / (lap[1] + .5))}


@torch.no_grad()
def run(net, small):
    x = torch.from_numpy(np.array(small)).permute(2, 0, 1)[None].float() / 255
    y = net(x).clamp(0, 1)[0].permute(1, 2, 0).numpy()
    return (y * 255 + .5).astype(np.uint8)


def enlarge(small, size, how):
    return np.asarray(Image.fromarray(np.array(small)).resize(size, how))


def sheet(rows, path):
    """Rows of (caption, [(title, uint8 [h,w,3])]) crops of one size."""
    s, font = 232, ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 12)
    width = max(len(cells) for _, cells in rows) * (s + 4)
    page = Image.new("RGB", (width, len(rows) * (s + 22)), "white")
    draw = ImageDraw.Draw(page)
    for i, (caption, cells) in enumerate(rows):
        for j, (title, a) in enumerate(cells):
            x, y = j * (s + 4) + 2, i * (s + 22)
            draw.text((x + 2, y + 3), f"{caption}: {title}" if j == 0 else title, fill=(20, 20, 20), font=font)
            page.paste(Image.fromarray(a).resize((s, s), Image.NEAREST), (x, y + 19))
    page.save(path, quality=86)


def busiest(a, n):
    """Top left corner of the n x n window with most detail, on a grid of 4."""
    g = np.abs(np.diff(luma(a), axis=1, append=0))
    g[:, -2:] = 0
    m = cv2.boxFilter(g, -1, (n, n), anchor=(0, 0), normalize=False)[:a.shape[0] - n, :a.shape[1] - n]
    y, x = np.unravel_index(np.argmax(m), m.shape)
    return y // 4 * 4, x // 4 * 4


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default=str(pictures.DEFAULT_DATA))
    ap.add_argument("--runs", default=str(pictures.HERE / ".runs"))
    ap.add_argument("--every", type=int, default=1, help="use every n-th picture (quick look)")
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--json", default="")
    ap.add_argument("--sheet", default="")
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    nets = {n: export.load(a.runs, n) for n in train.PLANS}
    table, rows, rng = {}, [], np.random.default_rng(9)
    for index, (name, image) in enumerate(pictures.heldout(a.data)[::a.every]):
        truth = np.asarray(image)
        shown, corner = [], busiest(truth, 116)

        def note(kind, method, made, k):
            table.setdefault((kind, method), []).append(figures(made, truth, k))
            y, x = corner
            shown.append((kind, method, made[y:y + 116, x:x + 116]))

        for kind, k, names in (("x2", 2, ("x2",)), ("x4", 4, ("x4", "sharp")), ("degraded x4", 4, ("x4", "clean"))):
            small = Image.fromarray(pictures.degrade(rng, truth, k)) if kind.startswith("degraded") else pictures.smaller(image, k)
            for method, how in (("bicubic", Image.BICUBIC), ("Lanczos", Image.LANCZOS)):
                note(kind, method, enlarge(small, image.size, how), k)
            for n in names:
                if nets[n] is not None:
                    note(kind, n, run(nets[n], small), k)
        # Rows of several photographs, one kind each.
        if a.sheet and index % 3 == 0 and len(rows) < 9:
            wanted = ("x2", "x4", "degraded x4")[len(rows) % 3]
            cells = [(m, c) for kind, m, c in shown if kind == wanted and m != "Lanczos"]
            if cells:
                y, x = corner
                rows.append((wanted, cells + [("original", truth[y:y + 116, x:x + 116])]))
    result = {}
    print(f"{'kind':12s} {'method':8s}  PSNR    SSIM   texture   n")
    for (kind, method), v in table.items():
        f = {k: float((np.median if k == "texture" else np.mean)([x[k] for x in v])) for k in v[0]}
        result.setdefault(kind, {})[method] = f
        print(f"{kind:12s} {method:8s} {f['psnr']:6.2f}  {f['ssim']:.4f}  {f['texture']:.3f}  {len(v):3d}")
    if a.json:
        open(a.json, "w").write(json.dumps(result, indent=1))
    if a.sheet:
        sheet(rows, a.sheet)


if __name__ == "__main__":
    main()
