"""Make a training checkpoint from a shipped model.onnx, so that training can go on from it.

    python3 import_onnx.py [--model ../../packs/kiln-inpaint/model.onnx] [--out .runs/shipped.pt]

The graph keeps torch's parameter names ("g." in front; "_h" behind those stored as float16).
"""
import argparse
import pathlib

import onnx
import torch
from onnx import numpy_helper

import data
import model


def weights(path):
    """Generator state dict from the initialisers of model.onnx; every parameter must be there."""
    state = {}
    for t in onnx.load(str(path)).graph.initializer:
        name = t.name[:-2] if t.name.endswith("_h") else t.name
        if name.startswith("g."):
            state[name[2:]] = torch.from_numpy(numpy_helper.to_array(t).astype("float32").copy())
    g = model.Generator()
    g.load_state_dict(state)
    return g.state_dict()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--model", default=str(data.ROOT / "models" / "packs" / "kiln-inpaint" / "model.onnx"))
    ap.add_argument("--out", default=str(data.HERE / ".runs" / "shipped.pt"))
    a = ap.parse_args()
    out = pathlib.Path(a.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"ema": weights(a.model)}, out)
    print("wrote", out)


if __name__ == "__main__":
    main()
