"""Export the EMA networks to ONNX (opset 17) and write the pack's kiln.json.

    python3 export.py [--runs .runs] [--out ../../packs/kiln-upscale]

Graphs take `input` float32 [1,3,H,W] 0..1 and give `output` [1,3,H*scale,W*scale] 0..1. Weights are stored as float16
with a Cast to float32 behind each (folded when a runtime loads the graph); all computation is float32.
"""
import argparse
import hashlib
import json
import pathlib
import warnings

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

import model
import pictures
import train

FILES = {"x4": "model.onnx", "x2": "x2.onnx", "sharp": "sharp.onnx", "clean": "clean.onnx"}
ATTRIBUTION = [
    '"Mountains and forest" by DreamyPixel, https://dreamypixel.com/mountains-and-forest/, CC-BY-4.0 (training image; resized, cropped)',
    '"Living Stones" by Andesine, https://www.flickr.com/photos/andesine/5560436312, CC-BY-2.0 (training image; resized, cropped)',
    "Other training photographs: CC0-1.0 or public domain, by way of the wallpaper collections of Budgie, elementary and Pop!_OS and WordPress Twenty Twenty-Five.",
    "Training paintings: public domain.",
]


class Clipped(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x).clamp(0, 1)


def load(runs, name):
    """The EMA network of a variant, in eval mode; None when it was not trained."""
    path = pathlib.Path(runs) / name / "last.pt"
    if not path.exists():
        return None
    net = model.Upscaler(train.PLANS[name]["scale"])
    net.load_state_dict(torch.load(path, map_location="cpu")["ema"])
    return net.eval()


def shrink(graph_model):
    """Store float32 initialisers above 1 KiB as float16 plus Cast."""
    g = graph_model.graph
    casts = []
    for t in list(g.initializer):
        x = numpy_helper.to_array(t)
        if x.dtype != np.float32 or x.size < 256:
            continue
        half = numpy_helper.from_array(x.astype(np.float16), t.name + "_h")
        g.initializer.remove(t)
        g.initializer.append(half)
        casts.append(helper.make_node("Cast", [half.name], [t.name], to=onnx.TensorProto.FLOAT))
    nodes = casts + list(g.node)
    del g.node[:]
    g.node.extend(nodes)
    return graph_model


def constant_pads(graph_model):
    """The exporter works out the padding of the skip at run time; it is always 2 pixels on each side."""
    g = graph_model.graph
    for n in g.node:
        if n.op_type == "Pad":
            g.initializer.append(numpy_helper.from_array(np.array([0, 0, 2, 2, 0, 0, 2, 2], np.int64), "skip_pads"))
            del n.input[1:]
            n.input.append("skip_pads")
    wanted, kept = {o.name for o in g.output}, []
    for n in reversed(g.node):
        if wanted & set(n.output):
            wanted |= set(n.input)
            kept.insert(0, n)
    del g.node[:]
    g.node.extend(kept)
    return graph_model


def write_graph(net, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(Clipped(net), (torch.rand(1, 3, 32, 40),), str(path), opset_version=17, input_names=["input"],
                          output_names=["output"], do_constant_folding=True,
                          dynamic_axes={k: {2: f"{k}_height", 3: f"{k}_width"} for k in ("input", "output")})
    m = shrink(constant_pads(onnx.load(str(path))))
    m.doc_string, m.producer_name = "", "kiln"
    for n in m.graph.node:
        n.doc_string = ""
    onnx.checker.check_model(m)
    onnx.save(m, str(path))
    print(path.name, path.stat().st_size, "bytes;", sorted({n.op_type for n in m.graph.node}))


def manifest(out, version):
    """Dictionary for kiln.json; hashes every shipped file."""
    files = []
    for name in [*FILES.values(), "MODEL_CARD.md", "contact-sheet.jpg"]:
        p = out / name
        if p.exists():
            files.append({"path": name, "sha256": hashlib.sha256(p.read_bytes()).hexdigest(), "sizeBytes": p.stat().st_size})
    return {
        "formatVersion": 1, "id": "kiln-upscale", "name": "Kiln Upscale", "version": version,
        "description": "Small convolutional upscaler for photographs, drawings and text, trained from scratch for Kiln: "
                       "faithful (x2, x4), sharpened (x4) and cleaning (x4) graphs.",
        "task": "upscale", "family": "gan", "licence": "MIT", "authors": ["Kiln contributors"],
        "source": "models/training/upscale in the Kiln repository", "attribution": ATTRIBUTION,
        "model": FILES["x4"], "files": files,
        "convention": {
            "task": "upscale", "input": "input", "output": "output", "valueType": "float32", "inputRange": "0..1",
            "outputRange": "0..1", "channels": 3, "factor": 4, "fixedSize": None, "sizeMultiple": 1,
            "overlap": model.RADIUS, "prePad": 0, "tileSize": 640,
            "variants": {k: v for k, v in FILES.items() if k != "x4" and (out / v).exists()},
        },
    }


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--runs", default=str(pictures.HERE / ".runs"))
    ap.add_argument("--out", default=str(pictures.ROOT / "models" / "packs" / "kiln-upscale"))
    ap.add_argument("--version", default="0.1.0")
    ap.add_argument("--manifest-only", action="store_true", help="rewrite kiln.json for the files present")
    a = ap.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    if not a.manifest_only:
        for name, file in FILES.items():
            net = load(a.runs, name)
            if net is not None:
                write_graph(net, out / file)
    (out / "kiln.json").write_text(json.dumps(manifest(out, a.version), indent=2) + "\n")


if __name__ == "__main__":
    main()
