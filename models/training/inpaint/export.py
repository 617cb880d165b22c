"""Export the EMA generator to ONNX (opset 17) and write the pack's kiln.json.

    python3 export.py [--checkpoint .runs/main/last.pt] [--out ../../packs/kiln-inpaint]

Large weights are stored as float16 with a Cast to float32 behind each (folded when a
runtime loads the graph), which halves the file; all computation is float32.
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

import data
import model

ATTRIBUTION = [
    '"Mountains and forest" by DreamyPixel, https://dreamypixel.com/mountains-and-forest/, CC-BY-4.0 (training image; resized, cropped)',
    '"Living Stones" by Andesine, https://www.flickr.com/photos/andesine/5560436312, CC-BY-2.0 (training image; resized, cropped)',
    "Other training photographs: CC0-1.0 or public domain, by way of the wallpaper collections of Budgie, elementary and Pop!_OS and WordPress Twenty Twenty-Five.",
    "Training paintings: public domain.",
]


def load(checkpoint):
    """Composite module in eval mode from a training checkpoint (EMA weights).

    "a.pt+b.pt@0.6" interpolates the weights of two checkpoints of one run: 0.6 b + 0.4 a
    (network interpolation, Wang et al., ESRGAN, 2018).
    """
    g = model.Generator()
    first, _, rest = checkpoint.partition("+")
    state = torch.load(first, map_location="cpu")["ema"]
    if rest:
        second, share = rest.split("@")
        other = torch.load(second, map_location="cpu")["ema"]
        state = {k: v.lerp(other[k], float(share)) for k, v in state.items()}
    g.load_state_dict(state)
    return model.Composite(g).eval()


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


def manifest(out, version):
    """Dictionary for kiln.json; hashes every shipped file."""
    files = []
    for name in ("model.onnx", "MODEL_CARD.md", "contact-sheet.jpg"):
        p = out / name
        if p.exists():
            files.append({"path": name, "sha256": hashlib.sha256(p.read_bytes()).hexdigest(), "sizeBytes": p.stat().st_size})
    return {
        "formatVersion": 1, "id": "kiln-inpaint", "name": "Kiln Inpaint", "version": version,
        "description": "Small convolutional inpainting model for photographs, trained from scratch for Kiln. "
                       "Best for holes up to about half of a 256 px crop.",
        "task": "inpaint", "family": "gan", "licence": "MIT", "authors": ["Kiln contributors"],
        "source": "models/training/inpaint in the Kiln repository", "attribution": ATTRIBUTION,
        "model": "model.onnx", "files": files,
        "convention": {
            "task": "inpaint", "imageInput": "image", "maskInput": "mask", "output": "output",
            "imageType": "float32", "maskType": "float32", "imageRange": "0..1", "zeroHole": False,
            "maskHoleValue": 1, "maskKnownValue": 0, "outputRange": "0..1", "outputType": "float32",
            "fixedSize": None, "sizeMultiple": 16, "modelSize": 256,
        },
    }


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--checkpoint", default=str(data.HERE / ".runs" / "main" / "last.pt"))
    ap.add_argument("--out", default=str(data.ROOT / "models" / "packs" / "kiln-inpaint"))
    ap.add_argument("--version", default="0.2.0")
    ap.add_argument("--manifest-only", action="store_true", help="rewrite kiln.json for the files present")
    a = ap.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    if not a.manifest_only:
        net = load(a.checkpoint)
        image, mask = torch.rand(1, 3, 256, 256), torch.zeros(1, 1, 256, 256)
        mask[..., 64:160, 80:170] = 1
        path = out / "model.onnx"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(net, (image, mask), str(path), opset_version=17, input_names=["image", "mask"],
                              output_names=["output"], do_constant_folding=True,
                              dynamic_axes={k: {2: "height", 3: "width"} for k in ("image", "mask", "output")})
        m = shrink(onnx.load(str(path)))
        m.doc_string, m.producer_name = "", "kiln"
        for n in m.graph.node:
            n.doc_string = ""
        onnx.checker.check_model(m)
        onnx.save(m, str(path))
        print(path.stat().st_size, "bytes;", sorted({n.op_type for n in m.graph.node}))
    (out / "kiln.json").write_text(json.dumps(manifest(out, a.version), indent=2) + "\n")


if __name__ == "__main__":
    main()
