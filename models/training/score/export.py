"""Export the trained models to models/packs/kiln-music: ONNX graphs, vocabulary.json, curves.png and kiln.json.

    python3 export.py [--untrained] [--version 0.1.0] [--manifest-only]

Weights are rounded to float16, in which large ones are stored with a Cast to float32 behind them, and every graph is checked
against torch with those weights; event models also for equality of the cached path with one pass over everything.
"""
import argparse
import csv
import hashlib
import importlib
import json
import pathlib
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper
from torch import nn
from torch.nn import functional as F

import chorales
import grids
import groove
import lieder
import model
import task_bar
import train

PACK = chorales.ROOT / "models" / "packs" / "kiln-music"
RUNS = chorales.HERE / ".runs"
TOLERANCE = 1e-4
LARGE = 2048  # values from which on a weight is stored in half precision
ATTRIBUTION = [
    "Drum models trained on the Groove MIDI Dataset, (c) Google LLC / Magenta, CC-BY-4.0, https://magenta.tensorflow.org/datasets/groove: "
    "Jon Gillick, Adam Roberts, Jesse Engel, Douglas Eck, David Bamman, \"Learning to Groove with Inverse Sequence Transformations\", ICML 2019. "
    "Changed: hits mapped to nine drums and put on a grid of 16th notes with their offsets from it.",
    "Song models trained on the OpenScore Lieder Corpus, https://github.com/OpenScore/Lieder, CC0-1.0.",
    "Chorale models trained on 382 chorales by J. S. Bach (public domain), https://github.com/czhuang/JSB-Chorales-dataset, split of "
    "Boulanger-Lewandowski et al. 2012.",
]
WINDOWS = {"chorale": chorales.WINDOW, "song": lieder.WINDOW, "drums": groove.WINDOW, "bar": task_bar.STEPS}


class Encode(nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, hits):
        return self.vae.encode(hits)


class Decode(nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latent):
        return self.vae.decode(latent)


def loaded(task, untrained):
    """The network of a task with its best weights, rounded to float16."""
    module, path = importlib.import_module(f"task_{task}"), RUNS / task / "best.pt"
    torch.manual_seed(train.SEED)
    if path.exists():
        saved = torch.load(path)
        net = module.network(**saved["shape"])
        net.load_state_dict(saved["net"])
        print(task, "trained for", round(saved["seconds"]), "s,", saved["step"], "steps", {k: round(float(v), 4) for k, v in saved["found"].items()})
    elif untrained:
        net = module.network()
        print(task, "is NOT trained")
    else:
        raise SystemExit(f"no weights of {task} at {path}: train it first, or pass --untrained")
    return net.half().float().eval().requires_grad_(False)


def halved(graph):
    """Large float32 weights stored as float16, with a Cast before whoever reads them."""
    casts, kept = [], []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype == np.float32 and values.size >= LARGE and (values == values.astype(np.float16)).all():
            stored = numpy_helper.from_array(values.astype(np.float16), weight.name + "_half")
            casts.append(helper.make_node("Cast", [stored.name], [weight.name], to=onnx.TensorProto.FLOAT))
            kept.append(stored)
        else:
            kept.append(weight)
    nodes = [*casts, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)


def difference(mine, theirs):
    return max((float(np.abs(a - b.numpy()).max()) if a.size else 0.0) for a, b in zip(mine, theirs))


def export(net, path, given, inputs, outputs, axes, checks):
    """Write one graph and compare it with torch on each of `checks` (lists of tensors). axes: {name: {axis: its name}}."""
    net.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, tuple(given), str(path), opset_version=17, input_names=inputs, output_names=outputs, dynamic_axes=axes,
                          do_constant_folding=True, dynamo=False)
    m = onnx.load(str(path))
    halved(m.graph)
    m.doc_string, m.producer_name, m.ir_version = "", "kiln", 8
    for n in m.graph.node:
        n.doc_string = ""
    onnx.checker.check_model(m)
    onnx.save(m, str(path))
    session, worst = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]), 0.0
    for tensors in checks:
        wanted = net(*tensors)
        found = session.run(outputs, {name: t.numpy() for name, t in zip(inputs, tensors)})
        worst = max(worst, difference(found, wanted if isinstance(wanted, tuple) else (wanted,)))
    assert worst < TOLERANCE, f"{path.name} differs from torch by {worst}"
    print(f"  {path.name} {path.stat().st_size} bytes, differs by {worst:.1e}")
    return session


def drawn(net, batch, steps):
    """Events, conditions and latent of chance."""
    fields = torch.stack([torch.randint(0, n + 1, (batch, steps)) for n in net.fields], -1)
    conditions = torch.stack([torch.randint(0, n, (batch, steps)) for n in net.conditions], -1)
    return fields, conditions, torch.randn(batch, net.latent)


def export_events(net, out, step_name, head_name):
    """The two graphs of an event model, and the check of the cache: events in pieces are as all of them at once."""
    step, head = model.Step(net), model.Head(net)
    width = net.width // net.heads

    def given(batch, steps, earlier):
        fields, conditions, latent = drawn(net, batch, steps)
        past = torch.randn(net.layers, 2, batch, net.heads, earlier, width)
        return [fields, conditions, past] + ([latent] if net.latent else [])

    inputs = ["fields", "conditions", "past"] + (["latent"] if net.latent else [])
    both = {0: "batch", 1: "steps"}
    axes = {"fields": both, "conditions": both, "past": {2: "batch", 4: "earlier"}, "hidden": both, "present": {2: "batch", 4: "heard"},
            "latent": {0: "batch"}}
    session = export(step, out / step_name, given(2, 3, 5), inputs, ["hidden", "present"], {k: v for k, v in axes.items() if k != "latent" or net.latent},
                     [given(1, 1, 0), given(1, 1, 63), given(3, 40, 0), given(2, 7, 9)])
    fields, conditions, latent = drawn(net, 2, 24)
    whole = net.hidden(fields, conditions, latent if net.latent else None)
    past, found, at = np.zeros((net.layers, 2, 2, net.heads, 0, width), np.float32), [], 0
    for size in (9, 1, 1, 6, 1, 1, 5):
        part = slice(at, at + size)
        feed = {"fields": fields[:, part].numpy(), "conditions": conditions[:, part].numpy(), "past": past}
        hidden, past = session.run(["hidden", "present"], {**feed, **({"latent": latent.numpy()} if net.latent else {})})
        found.append(hidden)
        at += size
    apart = difference([np.concatenate(found, 1)], [whole])
    assert apart < TOLERANCE, f"{step_name}: the cached path differs from the full pass by {apart}"

    def asked(batch):
        return [torch.randn(batch, net.width) * 2, drawn(net, batch, 1)[0][:, 0]]

    session = export(head, out / head_name, asked(2), ["hidden", "fields"], ["logits"], {k: {0: "batch"} for k in ("hidden", "fields", "logits")}, [asked(1), asked(5)])
    chain = difference([chained(net, session, whole, fields)], [net.losses(whole, taken(net, fields)).sum(-1)])
    assert chain < 10 * TOLERANCE, f"{head_name}: the chain of fields differs from the training loss by {chain}"
    print(f"  cached path differs from the full pass by {apart:.1e}, the likelihood of the chain of fields from the loss by {chain:.1e}")


def taken(net, fields):
    """Events without 'none'."""
    return torch.minimum(fields, torch.tensor(net.fields) - 1)


def chained(net, session, hidden, fields):
    """Nats of events as a host finds them: field after field from the head graph, the later ones 'none'."""
    fields, at, total = taken(net, fields), 0, 0
    for f, size in enumerate(net.fields):
        chosen = fields.clone()
        chosen[..., f:] = torch.tensor(net.fields[f:])
        logits = session.run(["logits"], {"hidden": hidden.flatten(0, 1).numpy(), "fields": chosen.flatten(0, 1).numpy()})[0][:, at:at + size]
        total = total + F.cross_entropy(torch.from_numpy(logits), fields[..., f].flatten(), reduction="none").view(hidden.shape[:2])
        at += size
    return total.numpy()


def described(net, name, prefix):
    return {"step": f"{prefix}-step.onnx", "head": f"{prefix}-head.onnx", "fields": net.fields, "conditions": net.conditions, "layers": net.layers,
            "heads": net.heads, "headWidth": net.width // net.heads, "width": net.width, "window": WINDOWS[name], **({"latent": net.latent} if net.latent else {})}


def plane(means):
    """Mean and the first two principal components, each scaled by its deviation."""
    mean = means.mean(0)
    _, deviations, directions = np.linalg.svd(means - mean, full_matrices=False)
    axes = directions[:2] * (deviations[:2, None] / np.sqrt(len(means)))
    return [round(float(x), 5) for x in mean], [[round(float(x), 5) for x in axis] for axis in axes]


def planes(bar, drum, data):
    """barPlane: of the posterior means of training bars."""
    rng, bars = np.random.default_rng(train.SEED), task_bar.Task(data).bars
    rows = [bars["train", corpus][i][0] for corpus in ("chorale", "song") for i in rng.integers(0, len(bars["train", corpus]), 2000)]
    mean, axes = plane(bar.encoder(torch.from_numpy(np.stack(rows)))[0].numpy())
    drum_mean, drum_axes = plane(drum.encode(importlib.import_module("task_drum_vae").Task(data).bars["train"])[0].numpy())
    return {"mean": mean, "axes": axes, "drumMean": drum_mean, "drumAxes": drum_axes}


def curves(path):
    """Validation and training loss of every run over the minutes."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    fig, places = plt.subplots(2, 3, figsize=(10, 5.5))
    for ax, task in zip(places.flat, train.TASKS):
        log = RUNS / task / "curve.csv"
        rows = list(csv.DictReader(log.open())) if log.exists() else []
        for column in ("train", "validation"):
            ax.plot([float(r["seconds"]) / 60 for r in rows], [float(r[column]) for r in rows], label=column)
        ax.set_title(task.replace("_", " "))
        ax.set_xlabel("minutes")
    places.flat[0].legend()
    fig.tight_layout()
    fig.savefig(path, dpi=70)


def manifest(out, version):
    paths = sorted(p for p in out.iterdir() if p.name != "kiln.json")
    files = [{"path": p.name, "sha256": hashlib.sha256(p.read_bytes()).hexdigest(), "sizeBytes": p.stat().st_size} for p in paths]
    largest = max((f for f in files if f["path"].endswith(".onnx")), key=lambda f: f["sizeBytes"])
    return {
        "formatVersion": 1, "id": "kiln-music", "name": "Kiln Music", "version": version,
        "description": "Scores: four-part chorales, songs with piano and drums, continued, filled in, varied and morphed. Small transformers "
                       "and variational autoencoders trained from scratch for Kiln.",
        "task": "score", "family": "autoregressive", "licence": "MIT", "authors": ["Kiln contributors"],
        "source": "models/training/score in the Kiln repository", "attribution": ATTRIBUTION,
        "model": largest["path"], "files": files, "convention": {"task": "score", "vocabulary": "vocabulary.json"},
    }


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default=str(chorales.DEFAULT_DATA))
    ap.add_argument("--out", default=str(PACK))
    ap.add_argument("--version", default="0.1.0")
    ap.add_argument("--untrained", action="store_true", help="export a model of chance where there are no weights")
    ap.add_argument("--manifest-only", action="store_true", help="rewrite kiln.json for the files present")
    a = ap.parse_args()
    torch.set_num_threads(1)
    out, data = pathlib.Path(a.out), pathlib.Path(a.data)
    out.mkdir(parents=True, exist_ok=True)
    if not a.manifest_only:
        with torch.no_grad():
            write(out, data, a.untrained)
    (out / "kiln.json").write_text(json.dumps(manifest(out, a.version), indent=2) + "\n")
    print(sum(p.stat().st_size for p in out.iterdir()), "bytes in all")


def write(out, data, untrained):
    nets = {task: loaded(task, untrained) for task in train.TASKS}
    events = {}
    for task in ("chorale", "song", "drums"):
        events[task] = described(nets[task], task, task)
        export_events(nets[task], out, events[task]["step"], events[task]["head"])
    bar, drum, masked = nets["bar"], nets["drum_vae"], nets["masked"]
    events["bar"] = described(bar.decoder, "bar", "bar-decoder")
    export_events(bar.decoder, out, events["bar"]["step"], events["bar"]["head"])

    def bars(batch):
        return [torch.randint(0, grids.TOKENS, (batch, task_bar.STEPS, grids.VOICES))]

    def windows(batch, steps):
        return [torch.randint(0, grids.TOKENS + 1, (batch, steps, grids.VOICES)), torch.stack([torch.randint(0, n, (batch, steps)) for n in grids.CONDITIONS], -1)]

    def hits(batch):
        return [torch.rand(batch, *model.DrumVae.SHAPE)]

    both = {0: "batch", 1: "steps"}
    export(masked, out / "masked.onnx", windows(2, 12), ["tokens", "conditions"], ["logits"], {k: both for k in ("tokens", "conditions", "logits")},
           [windows(1, 1), windows(2, grids.WINDOW)])
    export(bar.encoder, out / "bar-encoder.onnx", bars(2), ["tokens"], ["mean", "deviation"], {k: {0: "batch"} for k in ("tokens", "mean", "deviation")}, [bars(1), bars(5)])
    export(Encode(drum), out / "drum-encoder.onnx", hits(2), ["hits"], ["mean", "deviation"], {k: {0: "batch"} for k in ("hits", "mean", "deviation")}, [hits(1), hits(5)])
    export(Decode(drum), out / "drum-decoder.onnx", [torch.randn(2, drum.latent)], ["latent"], ["hits"], {k: {0: "batch"} for k in ("latent", "hits")},
           [[torch.randn(1, drum.latent)], [torch.randn(5, drum.latent)]])
    densities = {task: importlib.import_module(f"task_{task}").Task(data).thresholds for task in ("chorale", "song", "drums")}
    vocabulary = {
        "eventModels": events, "masked": {"file": "masked.onnx", "window": grids.WINDOW}, "barEncoder": {"file": "bar-encoder.onnx", "latent": bar.latent},
        "drumVae": {"encoder": "drum-encoder.onnx", "decoder": "drum-decoder.onnx", "latent": drum.latent}, "drumStyles": groove.STYLES,
        "densities": {k: [round(x, 4) for x in v] for k, v in densities.items()}, "barPlane": planes(bar, drum, data),
    }
    (out / "vocabulary.json").write_text(json.dumps(vocabulary, separators=(",", ":")) + "\n")
    curves(out / "training-curves.png")


if __name__ == "__main__":
    main()
