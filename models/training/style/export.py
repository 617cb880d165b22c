"""Export encoder, matcher and decoder to ONNX (opset 17) and write the pack's kiln.json.

    python3 export.py [--checkpoint .runs/main/last.pt] [--out ../../packs/kiln-style] [--manifest-only]

Weights are stored as float16 with a Cast to float32 behind each (folded when a runtime loads the
graph), which halves the files; all computation is float32.
"""
import argparse
import hashlib
import json
import pathlib
import warnings

import numpy as np
import onnx
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import helper, numpy_helper

import data
import model

GRAPHS = ("encoder.onnx", "matcher.onnx", "decoder.onnx")
ATTRIBUTION = [
    '"Mountains and forest" by DreamyPixel, https://dreamypixel.com/mountains-and-forest/, CC-BY-4.0 (training image; resized, cropped)',
    '"Living Stones" by Andesine, https://www.flickr.com/photos/andesine/5560436312, CC-BY-2.0 (training image; resized, cropped)',
    "Other training photographs: CC0-1.0 or public domain, by way of the wallpaper collections of Budgie, elementary and Pop!_OS and WordPress Twenty Twenty-Five.",
    "Training paintings and museum pictures: public domain or CC0.",
]


class Matcher(nn.Module):
    """Features of a content and one style's statistics and patches to the content's features in that style, coarse part.

    features [1,128,h,w]; mean, deviation [1,128,1,1] of the whole content; map [128,128]; patches [N,128,3,3] of the
    style; styleMean, styleDeviation [1,128,1,1]; analogy [1]: 0 = linear map, 1 = attention -> base [1,128,h,w].
    """

    def __init__(self, basis):
        super().__init__()
        self.register_buffer("basis", basis)
        self.register_buffer("flat", basis.flatten(1).T.contiguous())

    def forward(self, features, mean, deviation, map, patches, style_mean, style_deviation, analogy):
        c, h, w = model.CHANNELS, features.shape[2], features.shape[3]
        centred = features - mean
        linear = (map @ centred.reshape(c, -1)).reshape(1, c, h, w) + style_mean
        q = F.conv2d(centred / deviation, self.basis, padding=1).reshape(model.KEYS, -1).transpose(0, 1)
        q = q / ((q * q).sum(1, keepdim=True) + 1e-4).sqrt()
        k = ((patches - style_mean) / style_deviation).reshape(-1, c * 9) @ self.flat
        k = k / ((k * k).sum(1, keepdim=True) + 1e-4).sqrt()
        weights = (q @ k.transpose(0, 1) * model.SHARPNESS).softmax(1)
        matched = (weights @ patches[:, :, 1, 1]).transpose(0, 1).reshape(1, c, h, w)
        return linear + analogy * (matched - linear)


class Painter(nn.Module):
    """Lays strokes and decodes.

    features [1,128,h,w]; fine [P,128]: fine features of the styles, one place a row; places int32 [4,h*w] and weights
    [4,h*w,1]: the four blocks over each place; brushwork [1] (0: no strokes) -> image [1,3,4h,4w], about 0..1.
    """

    def __init__(self, decoder):
        super().__init__()
        self.decoder = decoder

    def forward(self, features, fine, places, weights, brushwork):
        c, h, w = model.CHANNELS, features.shape[2], features.shape[3]
        laid = sum(F.embedding(places[k], fine) * weights[k] for k in range(4))
        laid = laid.transpose(0, 1).reshape(1, c, h, w)
        return self.decoder(model.with_strokes(features, laid, brushwork))


def load(checkpoint):
    """Encoder, matcher and decoder (averaged weights) of a training checkpoint."""
    s = torch.load(checkpoint, map_location="cpu")
    e, d = model.Encoder(), model.Decoder()
    e.load_state_dict(s["e"])
    d.load_state_dict(s["ema"])
    return e.eval(), Matcher(s["keys"]["basis"]).eval(), Painter(d).eval()


def shrink(graph_model):
    """Store float32 initialisers of 256 values and more as float16 plus Cast."""
    g, casts = graph_model.graph, []
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


def write(net, args, path, inputs, outputs, axes):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, args, str(path), opset_version=17, input_names=inputs, output_names=outputs,
                          do_constant_folding=True, dynamic_axes=axes)
    m = shrink(onnx.load(str(path)))
    m.doc_string, m.producer_name = "", "kiln"
    for n in m.graph.node:
        n.doc_string = ""
    onnx.checker.check_model(m)
    onnx.save(m, str(path))
    print(path.name, path.stat().st_size, "bytes;", sorted({n.op_type for n in m.graph.node}))


def manifest(out, version):
    files = []
    for name in GRAPHS + ("MODEL_CARD.md", "contact-sheet.jpg", "training-curve.png"):
        p = out / name
        if p.exists():
            files.append({"path": name, "sha256": hashlib.sha256(p.read_bytes()).hexdigest(), "sizeBytes": p.stat().st_size})
    return {
        "formatVersion": 1, "id": "kiln-style", "name": "Kiln Style", "version": version,
        "description": "Paints a picture in the manner of any other: an encoder, a matcher and a decoder trained from scratch for Kiln.",
        "task": "stylize", "family": "other", "licence": "MIT", "authors": ["Kiln contributors"],
        "source": "models/training/style in the Kiln repository", "attribution": ATTRIBUTION,
        "model": "decoder.onnx", "files": files,
        "convention": {"task": "stylize", "kind": "statistics", "encoder": "encoder.onnx", "matcher": "matcher.onnx",
                       "decoder": "decoder.onnx", "featureChannels": model.CHANNELS, "featureStride": 4, "overlap": 112,
                       "sizeMultiple": 16, "styleSize": 640},
    }


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--checkpoint", default=str(data.HERE / ".runs" / "main" / "last.pt"))
    ap.add_argument("--out", default=str(data.ROOT / "models" / "packs" / "kiln-style"))
    ap.add_argument("--version", default="0.1.0")
    ap.add_argument("--manifest-only", action="store_true")
    a = ap.parse_args()
    torch.set_num_threads(1)
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    if not a.manifest_only:
        e, m, d = load(a.checkpoint)
        c, hw = model.CHANNELS, {2: "height", 3: "width"}
        f = torch.zeros(1, c, 16, 24)
        one = torch.ones(1, c, 1, 1)
        write(e, (torch.zeros(1, 3, 64, 96),), out / "encoder.onnx", ["image"], ["features"], {"image": hw, "features": hw})
        write(m, (f, one, one, torch.eye(c), torch.zeros(20, c, 3, 3), one, one, torch.ones(1)), out / "matcher.onnx",
              ["features", "mean", "deviation", "map", "patches", "styleMean", "styleDeviation", "analogy"], ["base"],
              {"features": hw, "patches": {0: "count"}, "base": hw})
        n = 16 * 24
        write(d, (f, torch.zeros(50, c), torch.zeros(4, n, dtype=torch.int32), torch.ones(4, n, 1), torch.ones(1)),
              out / "decoder.onnx", ["features", "fine", "places", "weights", "brushwork"], ["image"],
              {"features": hw, "fine": {0: "count"}, "places": {1: "area"}, "weights": {1: "area"}, "image": hw})
    (out / "kiln.json").write_text(json.dumps(manifest(out, a.version), indent=2) + "\n")


if __name__ == "__main__":
    main()
