"""Evaluate the bare model on held-out photographs against OpenCV Telea and Navier-Stokes.

What users get has texture added by the pipeline: e2e/evaluate/inpaint.ts measures that.

    python3 evaluate.py [--checkpoint .runs/main/last.pt] [--sheet contact-sheet.jpg]

54 crops of 256 px from 18 held-out photos, each with four mask kinds. Figures are taken
inside the hole: PSNR (dB), SSIM (scikit-image, Gaussian window, colour, map averaged over
the hole), texture energy (variance of the Laplacian inside the hole over that of a 12 px
ring around it, median over images) and seam (mean step across the hole's edge over the mean step
just outside it).
"""
import argparse
import json

import numpy as np
import torch

import data
import export
import figures
import masks


def run_model(net, img, hole):
    """uint8 [H,W,3], bool [H,W] -> uint8 fill."""
    x = torch.from_numpy(img.astype(np.float32).transpose(2, 0, 1)[None] / 255)
    m = torch.from_numpy(hole.astype(np.float32))[None, None]
    with torch.no_grad():
        y = net(x, m)[0].numpy().transpose(1, 2, 0)
    return (y * 255 + .5).astype(np.uint8)


def methods(net):
    """Name -> function(img, hole) giving a uint8 fill."""
    return {**figures.BASELINES, "model": lambda i, h: run_model(net, i, h)}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default=str(data.DEFAULT_DATA))
    ap.add_argument("--checkpoint", default=str(data.HERE / ".runs" / "main" / "last.pt"))
    ap.add_argument("--json", default="")
    ap.add_argument("--sheet", default="")
    ap.add_argument("--every", type=int, default=1, help="use every n-th crop (quick look)")
    ap.add_argument("--threads", type=int, default=2)
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    net = export.load(a.checkpoint)
    fns = methods(net)
    crops = data.heldout_crops(a.data)[::a.every]
    rng = np.random.default_rng(11)
    table, rows = {}, []
    for i, (pid, img) in enumerate(crops):
        for kind in masks.KINDS:
            hole = masks.make(rng, 256, kind).astype(bool)
            fills = {}
            for name, fn in fns.items():
                fills[name] = fn(img, hole)
                table.setdefault((kind, name), []).append(figures.metrics(fills[name], img, hole))
            if i % 3 == (i // 3) % 3 and (i // 3) % 2 == 0 and kind == masks.KINDS[(i // 6) % 4]:
                shown = img.copy()
                shown[hole] = 128
                rows.append([shown, fills["telea"], fills["ns"], fills["model"], img])
    result = {}
    print(f"{'kind':10s} {'method':6s}  PSNR   SSIM   texture  seam   (texture of truth)")
    for kind in masks.KINDS + ("all",):
        for name in fns:
            v = sum((table[k, name] for k in masks.KINDS), []) if kind == "all" else table[kind, name]
            f = figures.summary(v)
            result.setdefault(kind, {})[name] = f
            print(f"{kind:10s} {name:6s} {f['psnr']:6.2f} {f['ssim']:.4f} {f['texture']:6.3f}  {f['seam']:5.2f}   {f['texture_true']:.3f}")
    if a.json:
        open(a.json, "w").write(json.dumps(result, indent=1))
    if a.sheet:
        figures.sheet(rows, ("input", "Telea", "Navier-Stokes", "Kiln Inpaint", "original"), a.sheet)


if __name__ == "__main__":
    main()
