"""Export the flow to two ONNX graphs (sampler: z -> colours; scorer: colours -> z and log-likelihood) and write kiln.json.

    python3 export.py [--checkpoint .runs/main/best.pt] [--version 0.1.0] [--manifest-only]

Normalisation, mixing and their inverses are folded into one matrix and one offset a step, computed in double precision.
"""
import argparse
import hashlib
import json
import math
import pathlib
import warnings

import onnx
import torch
from torch import nn

import data
import model

PACK = data.ROOT / "models" / "packs" / "kiln-palette"
ATTRIBUTION = [
    '"Mountains and forest" by DreamyPixel, https://dreamypixel.com/mountains-and-forest/, CC-BY-4.0 (training image; its colours)',
    '"Living Stones" by Andesine, https://www.flickr.com/photos/andesine/5560436312, CC-BY-2.0 (training image; its colours)',
    "Other training photographs: CC0-1.0 or public domain, by way of the wallpaper collections of Budgie, elementary and Pop!_OS and WordPress Twenty Twenty-Five.",
    "Training paintings and museum artworks: public domain or CC0 (Art Institute of Chicago, Cleveland Museum of Art, The Met, National Gallery of Art, Smithsonian).",
]


def affine(mix, inverse=False):
    """(matrix, offset): x @ matrix + offset is the mix, or its inverse."""
    with torch.no_grad():
        w = mix.matrix().double()
        scale, shift = mix.scale.double(), mix.shift.double()
        if inverse:
            return (torch.inverse(w) * (-scale).exp()).float(), (-shift).float()
        return (scale.exp()[:, None] * w).float(), ((shift * scale.exp()) @ w).float()


class Sampler(nn.Module):
    def __init__(self, flow):
        super().__init__()
        self.couplings = flow.couplings
        for i, mix in enumerate([*flow.mixes, flow.last]):
            m, b = affine(mix, True)
            self.register_buffer(f"m{i}", m)
            self.register_buffer(f"b{i}", b)

    def forward(self, z):
        z = z @ getattr(self, f"m{model.STEPS}") + getattr(self, f"b{model.STEPS}")
        for i in reversed(range(model.STEPS)):
            z = self.couplings[i].inverse(z) @ getattr(self, f"m{i}") + getattr(self, f"b{i}")
        return z


class Scorer(nn.Module):
    def __init__(self, flow):
        super().__init__()
        self.couplings = flow.couplings
        constant = -.5 * model.DIMS * math.log(2 * math.pi)
        for i, mix in enumerate([*flow.mixes, flow.last]):
            m, b = affine(mix)
            self.register_buffer(f"m{i}", m)
            self.register_buffer(f"b{i}", b)
            constant += float((mix.scale.double().sum() + mix.log_diagonal.double().sum()).detach())
        self.constant = constant

    def forward(self, x):
        total = self.constant
        for i in range(model.STEPS):
            x, d = self.couplings[i](x @ getattr(self, f"m{i}") + getattr(self, f"b{i}"))
            total = total + d
        z = x @ getattr(self, f"m{model.STEPS}") + getattr(self, f"b{model.STEPS}")
        return z, total - .5 * (z * z).sum(1)


def export(net, path, given, inputs, outputs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net.eval(), given, str(path), opset_version=17, input_names=inputs, output_names=outputs,
                          dynamic_axes={k: {0: "palettes"} for k in inputs + outputs})
    m = onnx.load(str(path))
    m.doc_string, m.producer_name = "", "kiln"
    for n in m.graph.node:
        n.doc_string = ""
    onnx.checker.check_model(m)
    onnx.save(m, str(path))
    print(path.name, path.stat().st_size, "bytes;", sorted({n.op_type for n in m.graph.node}))


def manifest(out, version):
    files = []
    for name in ("sampler.onnx", "scorer.onnx", "MODEL_CARD.md", "contact-sheet.png"):
        p = out / name
        if p.exists():
            files.append({"path": name, "sha256": hashlib.sha256(p.read_bytes()).hexdigest(), "sizeBytes": p.stat().st_size})
    return {
        "formatVersion": 1, "id": "kiln-palette", "name": "Kiln Palette", "version": version,
        "description": "Five-colour palettes in the manner of paintings and photographs: sampling, completion around locked colours, "
                       "exact likelihoods. A small normalising flow trained from scratch for Kiln.",
        "task": "palette", "family": "flow", "licence": "MIT", "authors": ["Kiln contributors"],
        "source": "models/training/palette in the Kiln repository", "attribution": ATTRIBUTION,
        "model": "sampler.onnx", "files": files,
        "convention": {"task": "palette", "sampler": "sampler.onnx", "scorer": "scorer.onnx", "colours": data.COLOURS},
    }


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--checkpoint", default=str(data.HERE / ".runs" / "main" / "best.pt"))
    ap.add_argument("--out", default=str(PACK))
    ap.add_argument("--version", default="0.1.0")
    ap.add_argument("--manifest-only", action="store_true", help="rewrite kiln.json for the files present")
    a = ap.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    if not a.manifest_only:
        flow = model.Flow().eval()
        flow.load_state_dict(torch.load(a.checkpoint)["flow"])
        z = torch.randn(64, model.DIMS)
        with torch.no_grad():
            x = flow.inverse(z)
            assert (Sampler(flow)(z) - x).abs().max() < 1e-4
            back, score = Scorer(flow)(x)
            assert (back - z).abs().max() < 1e-3 and (score - flow.log_likelihood(x)).abs().max() < 1e-3
        export(Sampler(flow), out / "sampler.onnx", z, ["z"], ["colours"])
        export(Scorer(flow), out / "scorer.onnx", x, ["colours"], ["z", "log_likelihood"])
    (out / "kiln.json").write_text(json.dumps(manifest(out, a.version), indent=2) + "\n")


if __name__ == "__main__":
    main()
