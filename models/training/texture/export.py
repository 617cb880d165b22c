"""Export the decoder to ONNX, lay out the map, and write the pack's kiln.json.

    python3 export.py [--checkpoint .runs/main/last.pt] [--version 0.1.0] [--manifest-only]

map.json holds SIDE x SIDE latents: posterior means of the training textures that the decoder renders best, laid out so
that neighbours are alike (a start from the first two principal components by least-cost assignment, then swaps that
shorten the distances between neighbours, by simulated annealing).
"""
import argparse
import hashlib
import json
import pathlib
import warnings

import cv2
import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from scipy.optimize import linear_sum_assignment

import data
import evaluate
import losses
import model

SIDE = 11
PACK = data.ROOT / "models" / "packs" / "kiln-texture"
ATTRIBUTION = ["Trained on procedural textures made by the training scripts."]


def shrink(m):
    """Store large float32 initialisers as float16 with a Cast behind each: half the file, the same float32 arithmetic."""
    casts = []
    for t in list(m.graph.initializer):
        x = numpy_helper.to_array(t)
        if x.dtype == np.float32 and x.size >= 256:
            m.graph.initializer.remove(t)
            m.graph.initializer.append(numpy_helper.from_array(x.astype(np.float16), t.name + "_h"))
            casts.append(helper.make_node("Cast", [t.name + "_h"], [t.name], to=onnx.TensorProto.FLOAT))
    nodes = casts + list(m.graph.node)
    del m.graph.node[:]
    m.graph.node.extend(nodes)
    return m


def export_decoder(decoder, path):
    inputs = (torch.randn(1, model.LATENT), torch.randn(1, model.FIELDS, 68, 132))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(decoder, inputs, str(path), opset_version=17, input_names=["z", "fields"], output_names=["tile"],
                          dynamic_axes={"fields": {2: "field_rows", 3: "field_columns"}, "tile": {2: "rows", 3: "columns"}})
    m = shrink(onnx.load(str(path)))
    m.doc_string, m.producer_name = "", "kiln"
    for n in m.graph.node:
        n.doc_string = ""
    onnx.checker.check_model(m)
    onnx.save(m, str(path))
    print(path.stat().st_size, "bytes;", sorted({n.op_type for n in m.graph.node}))


def neighbour_cost(order, d):
    g = order.reshape(SIDE, SIDE)
    return d[g[:, 1:], g[:, :-1]].sum() + d[g[1:], g[:-1]].sum()


def layout(features):
    """Indices of the features, row by row over the grid."""
    n = SIDE * SIDE
    x = features - features.mean(0)
    pc = x @ np.linalg.svd(x, full_matrices=False)[2][:2].T
    pc = pc.argsort(0).argsort(0) / (n - 1)
    places = np.stack(np.meshgrid(np.linspace(0, 1, SIDE), np.linspace(0, 1, SIDE)), -1).reshape(-1, 2)
    rows, columns = linear_sum_assignment(((pc[:, None] - places) ** 2).sum(-1))
    order = np.empty(n, int)
    order[columns] = rows
    d = np.sqrt(((features[:, None] - features) ** 2).sum(-1))
    rng = np.random.default_rng(2)
    around = [[j for j in (p - 1 if p % SIDE else -1, p + 1 if p % SIDE < SIDE - 1 else -1, p - SIDE, p + SIDE) if 0 <= j < n] for p in range(n)]
    rounds, hot = 40_000, .25 * d.mean()
    for k in range(rounds):
        p, q = rng.integers(0, n, 2)
        a, b = order[p], order[q]
        others_p, others_q = [order[j] for j in around[p] if j != q], [order[j] for j in around[q] if j != p]
        change = d[b, others_p].sum() + d[a, others_q].sum() - d[a, others_p].sum() - d[b, others_q].sum()
        if change < 0 or rng.random() < np.exp(-change / (hot * (1 - k / rounds) ** 2 + 1e-9)):
            order[p], order[q] = b, a
    return order


@torch.no_grad()
def build_map(posterior, decoder, found):
    """The map's dictionary."""
    z = posterior.mean
    real, fields = found.crops(range(len(found)), np.random.default_rng(5), 128, 128)
    real = torch.from_numpy(real)
    tiles = evaluate.decode(decoder, z, fields)
    g = torch.Generator().manual_seed(5)
    score = np.concatenate([losses.statistics(tiles[i:i + 16], real[i:i + 16], g).numpy() for i in range(0, len(z), 16)])
    score += .1 * np.abs(np.log((evaluate.energy(tiles) / evaluate.energy(real)).numpy()))
    kept = np.sort(score.argsort()[:SIDE * SIDE])
    latents = z[kept].numpy()
    colours = tiles[kept][:, :3].mean((2, 3)).numpy()
    spread = latents.std(0, keepdims=True) + 1e-6
    features = np.concatenate([latents / spread / model.LATENT ** .5, 2 * (colours - colours.mean(0))], 1)
    order = layout(features)
    return {"columns": SIDE, "rows": SIDE, "latents": [[round(float(v), 3) for v in row] for row in latents[order]],
            "kinds": [found.kinds[i] for i in kept[order]]}


def manifest(out, version):
    files = []
    for name in ("decoder.onnx", "map.json", "MODEL_CARD.md", "contact-sheet.jpg"):
        p = out / name
        if p.exists():
            files.append({"path": name, "sha256": hashlib.sha256(p.read_bytes()).hexdigest(), "sizeBytes": p.stat().st_size})
    return {
        "formatVersion": 1, "id": "kiln-texture", "name": "Kiln Texture", "version": version,
        "description": "Tiles that repeat without a seam, from a map of textures, with a height for normal and roughness maps. "
                       "A small variational autoencoder trained from scratch for Kiln.",
        "task": "texture", "family": "vae", "licence": "MIT", "authors": ["Kiln contributors"],
        "source": "models/training/texture in the Kiln repository", "attribution": ATTRIBUTION,
        "model": "decoder.onnx", "files": files,
        "convention": {"task": "texture", "decoder": "decoder.onnx", "map": "map.json", "latentSize": model.LATENT, "cellSize": 1},
    }


@torch.no_grad()
def contact_sheet(decoder, chosen, path):
    """The map at its own places, then three tiles repeated 3 x 3."""
    z = torch.tensor(chosen)
    tiles = evaluate.decode(decoder, z)
    grid = np.concatenate([np.concatenate([evaluate.rgb(t)[:96, :96] for t in tiles[r * SIDE:(r + 1) * SIDE]], 1) for r in range(SIDE)])
    picks = [tiles[i] for i in (len(z) // 5, len(z) // 2, 4 * len(z) // 5)]
    repeats = np.concatenate([np.tile(evaluate.rgb(t), (3, 3, 1)) for t in picks], 1)
    cv2.imwrite(str(path), np.concatenate([grid, np.full((16, grid.shape[1], 3), 255, np.uint8), repeats[:, :grid.shape[1]]]), [cv2.IMWRITE_JPEG_QUALITY, 88])


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--checkpoint", default=str(data.HERE / ".runs" / "main" / "last.pt"))
    ap.add_argument("--data", default=str(data.DEFAULT_DATA))
    ap.add_argument("--cache", default=str(data.HERE / ".runs" / "cache"))
    ap.add_argument("--out", default=str(PACK))
    ap.add_argument("--version", default="0.1.0")
    ap.add_argument("--manifest-only", action="store_true", help="rewrite kiln.json for the files present")
    a = ap.parse_args()
    torch.set_num_threads(1)
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    if not a.manifest_only:
        found = data.load(a.data, a.cache)[0]
        posterior, decoder, *_ = evaluate.load(a.checkpoint, found)
        export_decoder(decoder, out / "decoder.onnx")
        built = build_map(posterior, decoder, found)
        (out / "map.json").write_text(json.dumps(built, separators=(",", ":")) + "\n")
        contact_sheet(decoder, built["latents"], out / "contact-sheet.jpg")
    (out / "kiln.json").write_text(json.dumps(manifest(out, a.version), indent=2) + "\n")


if __name__ == "__main__":
    main()
