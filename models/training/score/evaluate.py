"""Figures of the model card, from the weights as they are shipped (rounded to float16):

    python3 evaluate.py [chorale song drums masked bar drum_vae framewise]

Validation and test pieces. Prints one line a figure, and adds it to .runs/evaluation.json.
"""
import argparse
import importlib
import json
import pathlib
import time

import numpy as np
import torch
from torch.nn import functional as F

import chorales
import export
import grids
import task_chorale

TRAINING_PIECES = 24  # of the training set, for comparison
FIELDS = {"song": ("onset", "part", "pitch", "duration"), "drums": ("onset", "drum", "velocity", "timing")}


def chorale(net, task):
    """Nats per token: whole pieces, soprano to bass, step by step, by what the conditions tell."""
    found = {f"{split}, {mode} known": task.score(net, split, mode) for split in ("valid", "test") for mode in task_chorale.MODES}
    task.pieces["some of train"] = task.pieces["train"][::len(task.pieces["train"]) // TRAINING_PIECES]
    return {**found, **{f"train, {mode} known": task.score(net, "some of train", mode) for mode in ("nothing", "everything")}}


def events(name):
    def scored(net, task):
        """Nats per event, of all fields and of each, with all conditions known or unknown."""
        out, train = {}, task.pieces["train"]
        for split, pieces in (("train", train[::len(train) // TRAINING_PIECES]), ("valid", task.pieces["valid"]), ("test", task.pieces["test"])):
            for known in (False, True):
                nats, count = task.score(net, pieces, known, 4 * task.window)
                out[f"{split}, conditions {'known' if known else 'unknown'}"] = {
                    "nats per event": nats.sum(), "nats per field": nats.sum() / len(nats), **dict(zip(FIELDS[name], nats)), "events": count}
        return out
    return scored


def masked(net, task):
    """Nats per hidden token and share right of the likeliest, on fixed windows hidden as in training."""
    return {f"{split}, {corpus}": dict(zip(("nats", "right"), task.score(net, split, corpus))) for split in ("valid", "test") for corpus in ("chorale", "song")}


def bar(net, task):
    return {f"{split}, {corpus}": task.score(net, split, corpus, 1024) for split in ("train", "valid", "test") for corpus in ("chorale", "song")}


def drum_vae(net, task):
    return {split: task.score(net, split) for split in ("train", "valid", "test")}


def framewise(net, task, split="test", pieces=None, steps=64):
    """Nats per note of the masked model as an orderless distribution (Coconet's framewise likelihood, arXiv:1903.07227): the
    first `steps` 16ths of each chorale, all hidden; frames in an order of chance, within a frame the voices too; each note is
    predicted from those told so far. A token also says whether its note is struck, so the sum bounds that of the pitches."""
    rng, total = np.random.default_rng(9), 0.0
    chosen = [p for p in task.pieces[split]["chorale"] if len(p["tokens"]) >= steps][:pieces]
    truth = torch.from_numpy(np.stack([p["tokens"][:steps] for p in chosen]))
    conditions = np.stack([grids.conditions_of(p)[:steps] for p in chosen])
    conditions[..., 1] = grids.CONDITIONS[1] - 1  # the key is not told
    conditions, shown, row = torch.from_numpy(conditions), torch.full_like(truth, grids.HIDDEN), torch.arange(len(chosen))
    frames = torch.from_numpy(np.stack([rng.permutation(steps) for _ in chosen]))
    for turn in range(steps):
        frame = frames[:, turn]
        voices = torch.from_numpy(np.stack([rng.permutation(grids.VOICES) for _ in chosen]))
        for i in range(grids.VOICES):
            voice = voices[:, i]
            hidden = net.hidden(shown, conditions)[row, frame]
            logits = torch.stack([out(hidden) for out in net.head], 1)[row, voice]
            wanted = truth[row, frame, voice]
            total += float(F.cross_entropy(logits, wanted, reduction="sum"))
            shown[row, frame, voice] = wanted
    return {"nats per note": total / truth.numel(), "pieces": len(chosen), "steps": steps}


FIGURES = {"chorale": chorale, "song": events("song"), "drums": events("drums"), "masked": masked, "bar": bar, "drum_vae": drum_vae, "framewise": framewise}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("figures", nargs="*", default=list(FIGURES))
    ap.add_argument("--data", default=str(chorales.DEFAULT_DATA))
    a = ap.parse_args()
    torch.set_num_threads(1)
    path = export.RUNS / "evaluation.json"
    for name in a.figures:
        of, began = "masked" if name == "framewise" else name, time.time()
        net, task = export.loaded(of, False), importlib.import_module(f"task_{of}").Task(pathlib.Path(a.data))
        with torch.no_grad():
            found = FIGURES[name](net, task)
        for key, value in found.items():
            print(f"{name}: {key}:", {k: round(float(v), 4) for k, v in value.items()} if isinstance(value, dict) else round(float(value), 4), flush=True)
        print(f"  {time.time() - began:.0f} s")
        kept = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps({**kept, name: found}, indent=1, default=float))


if __name__ == "__main__":
    main()
