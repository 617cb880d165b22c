"""Evaluate the model on held-out photographs against OpenCV Telea and Navier-Stokes.

    python3 evaluate.py [--checkpoint .runs/main/last.pt] [--sheet contact-sheet.jpg]

54 crops of 256 px from 18 held-out photos, each with four mask kinds. Figures are taken
inside the hole: PSNR (dB), SSIM (scikit-image, Gaussian window, colour, map averaged over
the hole), texture energy (variance of the Laplacian inside the hole over that of a 12 px
ring around it, median over images) and seam (mean step across the hole's edge over the mean step
just outside it).
"""
import argparse
import json

import cv2
import numpy as np
import torch
from skimage.metrics import structural_similarity

import data
import export
import masks

RADIUS = 3


def luma(x):
    """uint8 RGB -> float32 luma."""
    return cv2.cvtColor(x, cv2.COLOR_RGB2GRAY).astype(np.float32)


def metrics(fill, real, hole):
    """fill, real uint8 [H,W,3]; hole bool [H,W] -> dict of figures."""
    d = (fill.astype(np.float32) - real.astype(np.float32))[hole]
    psnr = 10 * np.log10(255 ** 2 / max(float((d ** 2).mean()), 0.5))
    _, smap = structural_similarity(real, fill, channel_axis=2, data_range=255, full=True,
                                    gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
    k = np.ones((3, 3), np.uint8)
    u = hole.astype(np.uint8)
    inner = cv2.erode(u, k).astype(bool)
    ring = (cv2.dilate(u, k, iterations=13) - cv2.dilate(u, k)).astype(bool)
    lap = cv2.Laplacian(luma(fill), cv2.CV_32F, ksize=1)
    lap_real = cv2.Laplacian(luma(real), cv2.CV_32F, ksize=1)
    edge, out_edge = step_masks(u)
    g = luma(fill)
    dx, dy = np.abs(np.diff(g, axis=1)), np.abs(np.diff(g, axis=0))
    seam = np.concatenate([dx[edge[0]], dy[edge[1]]]).mean()
    ref = np.concatenate([dx[out_edge[0]], dy[out_edge[1]]]).mean()
    return {"psnr": psnr, "ssim": float(smap.mean(2)[hole].mean()),
            "texture": float((lap[inner].var() + .5) / (lap[ring].var() + .5)),
            "texture_true": float((lap_real[inner].var() + .5) / (lap_real[ring].var() + .5)),
            "seam": float((seam + .2) / (ref + .2))}


def step_masks(u):
    """Boolean masks of horizontal and vertical pixel steps across the edge, and of those 2..6 px outside."""
    cross = (np.diff(u, axis=1) != 0, np.diff(u, axis=0) != 0)
    k = np.ones((3, 3), np.uint8)
    band = (cv2.dilate(u, k, iterations=6) - cv2.dilate(u, k, iterations=1)).astype(bool)
    return cross, (band[:, 1:] & band[:, :-1], band[1:] & band[:-1])


def run_model(net, img, hole):
    """uint8 [H,W,3], bool [H,W] -> uint8 fill."""
    x = torch.from_numpy(img.astype(np.float32).transpose(2, 0, 1)[None] / 255)
    m = torch.from_numpy(hole.astype(np.float32))[None, None]
    with torch.no_grad():
        y = net(x, m)[0].numpy().transpose(1, 2, 0)
    return (y * 255 + .5).astype(np.uint8)


def methods(net):
    """Name -> function(img, hole) giving a uint8 fill."""
    def cv(flag):
        return lambda img, hole: cv2.inpaint(np.ascontiguousarray(img[..., ::-1]), hole.astype(np.uint8) * 255,
                                             RADIUS, flag)[..., ::-1]
    return {"telea": cv(cv2.INPAINT_TELEA), "ns": cv(cv2.INPAINT_NS), "model": lambda i, h: run_model(net, i, h)}


def sheet(rows, path, quality):
    """Contact sheet: rows of (input with hole in grey, Telea, NS, model, truth)."""
    lines = []
    for r in rows:
        lines.append(np.hstack([np.pad(cv2.resize(x, (200, 200), interpolation=cv2.INTER_AREA),
                                       ((2, 2), (2, 2), (0, 0)), constant_values=255) for x in r]))
    head = np.full((22, lines[0].shape[1], 3), 255, np.uint8)
    for i, t in enumerate(("input", "Telea", "Navier-Stokes", "Kiln Inpaint", "original")):
        cv2.putText(head, t, (i * 204 + 8, 16), cv2.FONT_HERSHEY_SIMPLEX, .5, (20, 20, 20), 1, cv2.LINE_AA)
    cv2.imwrite(path, np.vstack([head] + lines)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])


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
                table.setdefault((kind, name), []).append(metrics(fills[name], img, hole))
            if i % 3 == (i // 3) % 3 and (i // 3) % 2 == 0 and kind == masks.KINDS[(i // 6) % 4]:
                shown = img.copy()
                shown[hole] = 128
                rows.append([shown, fills["telea"], fills["ns"], fills["model"], img])
    result = {}
    print(f"{'kind':10s} {'method':6s}  PSNR   SSIM   texture  seam   (texture of truth)")
    for kind in masks.KINDS + ("all",):
        for name in fns:
            v = sum((table[k, name] for k in masks.KINDS), []) if kind == "all" else table[kind, name]
            f = {k: float((np.median if k.startswith("texture") else np.mean)([x[k] for x in v])) for k in v[0]}
            result.setdefault(kind, {})[name] = f
            print(f"{kind:10s} {name:6s} {f['psnr']:6.2f} {f['ssim']:.4f} {f['texture']:6.3f}  {f['seam']:5.2f}   {f['texture_true']:.3f}")
    if a.json:
        open(a.json, "w").write(json.dumps(result, indent=1))
    if a.sheet:
        sheet(rows, a.sheet, 80)


if __name__ == "__main__":
    main()
