"""Figures inside the hole for inpainted pictures; needs numpy, OpenCV and scikit-image, not torch.

    python3 figures.py prepare FOLDER     held-out crops, masks, Telea's and Navier-Stokes' fills
    python3 figures.py measure FOLDER     figures of fills.bin, as JSON on the standard output

e2e/evaluate/inpaint.ts runs Kiln's own pipeline between the two. In FOLDER: items.json (list of
{photo, kind}), crops.bin uint8 [n,256,256,3], masks.bin uint8 [n,256,256] (255 = hole), telea.bin, ns.bin
and fills.bin like crops.bin.
"""
import argparse
import json
import pathlib

import cv2
import numpy as np
from skimage.metrics import structural_similarity

import data
import masks

RADIUS = 3
SIDE = 256
KINDS = ("freeform", "object")


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

    def seam(x):
        g = luma(x)
        dx, dy = np.abs(np.diff(g, axis=1)), np.abs(np.diff(g, axis=0))
        step = np.concatenate([dx[edge[0]], dy[edge[1]]]).mean()
        ref = np.concatenate([dx[out_edge[0]], dy[out_edge[1]]]).mean()
        return float((step + .2) / (ref + .2))
    return {"psnr": psnr, "ssim": float(smap.mean(2)[hole].mean()),
            "texture": float((lap[inner].var() + .5) / (lap[ring].var() + .5)),
            "texture_true": float((lap_real[inner].var() + .5) / (lap_real[ring].var() + .5)),
            "seam": seam(fill), "seam_true": seam(real)}


def step_masks(u):
    """Boolean masks of horizontal and vertical pixel steps across the edge, and of those 2..6 px outside."""
    cross = (np.diff(u, axis=1) != 0, np.diff(u, axis=0) != 0)
    k = np.ones((3, 3), np.uint8)
    band = (cv2.dilate(u, k, iterations=6) - cv2.dilate(u, k, iterations=1)).astype(bool)
    return cross, (band[:, 1:] & band[:, :-1], band[1:] & band[:-1])


def classical(flag):
    """OpenCV's inpainting as function(img, hole) giving a uint8 fill."""
    return lambda img, hole: cv2.inpaint(np.ascontiguousarray(img[..., ::-1]), hole.astype(np.uint8) * 255,
                                         RADIUS, flag)[..., ::-1]


BASELINES = {"telea": classical(cv2.INPAINT_TELEA), "ns": classical(cv2.INPAINT_NS)}


def summary(rows):
    """Mean of every figure, median of the texture energies."""
    return {k: float((np.median if k.startswith("texture") else np.mean)([r[k] for r in rows])) for k in rows[0]}


def sheet(rows, titles, path, quality=80, side=200):
    """Contact sheet: rows of uint8 pictures, one for each title."""
    lines = [np.hstack([np.pad(cv2.resize(x, (side, side), interpolation=cv2.INTER_AREA), ((2, 2), (2, 2), (0, 0)),
                               constant_values=255) for x in r]) for r in rows]
    head = np.full((22, lines[0].shape[1], 3), 255, np.uint8)
    for i, t in enumerate(titles):
        cv2.putText(head, t, (i * (side + 4) + 8, 16), cv2.FONT_HERSHEY_SIMPLEX, .5, (20, 20, 20), 1, cv2.LINE_AA)
    cv2.imwrite(str(path), np.vstack([head] + lines)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])


def holes(count, seed=11):
    """(crop number, kind, bool hole) for every crop and kind: strokes and object shapes, 10..40 % of the crop."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        for kind in KINDS:
            yield i, kind, masks.make(rng, SIDE, kind, .10, .40).astype(bool)


def prepare(folder, root):
    """Write crops, masks and the classical fills."""
    crops = data.heldout_crops(root, SIDE)
    items, stacks = [], {k: [] for k in ("crops", "masks", *BASELINES)}
    for i, kind, hole in holes(len(crops)):
        pid, img = crops[i]
        items.append({"photo": pid, "kind": kind})
        stacks["crops"].append(img)
        stacks["masks"].append(hole.astype(np.uint8) * 255)
        for name, fn in BASELINES.items():
            stacks[name].append(fn(img, hole))
    for name, stack in stacks.items():
        np.stack(stack).tofile(folder / f"{name}.bin")
    (folder / "items.json").write_text(json.dumps(items))


def measure(folder, sheet_path):
    """Figures of every method by kind of hole and over all; the numbers of items.json that have a fill."""
    items = json.loads((folder / "items.json").read_text())
    shape = (-1, SIDE, SIDE, 3)
    crops = np.fromfile(folder / "crops.bin", np.uint8).reshape(shape)
    hole = np.fromfile(folder / "masks.bin", np.uint8).reshape(-1, SIDE, SIDE) > 0
    names = {"telea": "telea", "ns": "ns", "kiln": "fills"}
    fills = {k: np.fromfile(folder / f"{f}.bin", np.uint8).reshape(shape) for k, f in names.items()}
    done = json.loads((folder / "done.json").read_text())
    rows = {k: [metrics(fills[k][i], crops[i], hole[i]) for i in done] for k in names}
    result = {}
    for kind in KINDS + ("all",):
        pick = [n for n, i in enumerate(done) if kind in ("all", items[i]["kind"])]
        if pick:
            result[kind] = {k: summary([rows[k][n] for n in pick]) for k in names}
    if sheet_path:
        shown = []
        for n in done[::max(1, len(done) // 12)]:
            grey = crops[n].copy()
            grey[hole[n]] = 128
            shown.append([grey, fills["telea"][n], fills["ns"][n], fills["kiln"][n], crops[n]])
        sheet(shown, ("input", "Telea", "Navier-Stokes", "Kiln Inpaint", "original"), sheet_path)
    return result


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("what", choices=("prepare", "measure"))
    ap.add_argument("folder", type=pathlib.Path)
    ap.add_argument("--data", default=str(data.DEFAULT_DATA))
    ap.add_argument("--sheet", default="")
    a = ap.parse_args()
    cv2.setNumThreads(1)
    if a.what == "prepare":
        a.folder.mkdir(parents=True, exist_ok=True)
        prepare(a.folder, a.data)
    else:
        print(json.dumps(measure(a.folder, a.sheet)))


if __name__ == "__main__":
    main()
