"""Compare the exported ONNX graph with torch at several sizes, in onnxruntime-node.

    python3 check_onnx.py --node <node binary>
"""
import argparse
import pathlib
import subprocess
import tempfile

import numpy as np
import torch

import data
import export
import masks


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--checkpoint", default=str(data.HERE / ".runs" / "main" / "last.pt"))
    ap.add_argument("--model", default=str(data.ROOT / "models" / "packs" / "kiln-inpaint" / "model.onnx"))
    ap.add_argument("--node", default=str(data.ROOT / "node_modules" / ".bin" / "node"))
    a = ap.parse_args()
    net = export.load(a.checkpoint)
    crops = data.heldout_crops(data.DEFAULT_DATA)
    rng = np.random.default_rng(5)
    with tempfile.TemporaryDirectory() as tmp:
        for i, (h, w) in enumerate(((64, 64), (256, 256), (320, 192), (512, 512))):
            x = np.tile(crops[i][1], (2, 2, 1))[:h, :w].astype(np.float32).transpose(2, 0, 1)[None] / 255
            m = masks.make(rng, 512, "object", .1, .3)[:h, :w]
            m[h // 3:h // 2, w // 3:w // 2] = 1
            m = m[None, None].astype(np.float32)
            with torch.no_grad():
                y = net(torch.from_numpy(x), torch.from_numpy(m)).numpy()
            np.concatenate([v.ravel() for v in (x, m, y)]).astype("<f4").tofile(pathlib.Path(tmp) / f"{h}x{w}.bin")
        raise SystemExit(subprocess.call([a.node, str(data.HERE / "compare_onnx.mjs"), a.model, tmp]))


if __name__ == "__main__":
    main()
