"""Train the two chorale models. One command each, fixed seed, resumes from its checkpoint:

    OMP_NUM_THREADS=1 nice python3 train_chorales.py causal [--steps 9000] [--device cuda]
    OMP_NUM_THREADS=1 nice python3 train_chorales.py masked [--steps 9000]

The weights kept are the average (EMA) that is best on the validation pieces; the test pieces are only read by evaluate.py.
"""
import argparse
import copy
import csv
import math
import pathlib
import time

import numpy as np
import torch
from torch.nn import functional as F

import chorales
import model

SEED = 1685
KEY_UNKNOWN = chorales.KEYS
ATTRIBUTES = (chorales.VOICES, chorales.STEPS_PER_BAR, chorales.KEYS + 1)
SHAPES = {"causal": dict(width=192, layers=6, heads=4, dropout=.15), "masked": dict(width=192, layers=6, heads=4, dropout=.1)}
WINDOW = {"causal": 128, "masked": 128}  # 16th notes
BATCH = {"causal": 6, "masked": 6}


def network(kind):
    return (model.Causal if kind == "causal" else model.Masked)(chorales.TOKENS, ATTRIBUTES, **SHAPES[kind])


def attributes(steps, start, key):
    """[steps * 4, 3]: voice, place in the bar, key; and positions [steps * 4]."""
    step = np.repeat(np.arange(steps), chorales.VOICES)
    voice = np.tile(np.arange(chorales.VOICES), steps)
    place = (step + start) % chorales.STEPS_PER_BAR
    return np.stack([voice, place, np.full_like(step, key)], -1)


def excerpt(piece, window, rng):
    """A transposed window of a piece, padded with silence that is not learned from (-100): tokens, targets, attributes."""
    tokens, key = chorales.moved(piece, int(rng.integers(piece["range"][0], piece["range"][1] + 1)))
    start = int(rng.integers(0, max(1, len(tokens) - window + 1))) // 4 * 4 if rng.random() < .7 else 0
    part = tokens[start:start + window]
    known = len(part)
    part = np.pad(part, ((0, window - known), (0, 0)))
    targets = part.copy()
    targets[known:] = -100
    key = KEY_UNKNOWN if rng.random() < .3 else key
    return part.reshape(-1), targets.reshape(-1), attributes(window, start, key), start == 0


def hidden_share(rng):
    """Coconet's orderless training draws the number of hidden places evenly."""
    return rng.uniform(.02, 1)


def hide(targets, rng):
    """Which places of a window are hidden: scattered notes, whole voices, or spans of time, as people select them."""
    grid = targets.reshape(-1, chorales.VOICES)
    steps = len(grid)
    how = rng.random()
    hidden = rng.random(grid.shape) < hidden_share(rng)
    if how > .55:
        voices = rng.permutation(chorales.VOICES)[:int(rng.integers(1, chorales.VOICES + 1))]
        length = int(rng.integers(4, steps + 1)) if how > .75 else steps
        start = int(rng.integers(0, steps - length + 1))
        span = np.zeros_like(hidden)
        span[start:start + length, voices] = True
        # Blocked Gibbs shows part of what it fills.
        hidden = span & (rng.random(grid.shape) < rng.uniform(.3, 1.3))
    return hidden.reshape(-1) & (targets != -100)


def batch_of(kind, pieces, rng, device):
    tokens, targets, extra = [], [], []
    for _ in range(BATCH[kind]):
        given, wanted, more, opening = excerpt(pieces[int(rng.integers(len(pieces)))], WINDOW[kind], rng)
        if kind == "causal":
            # What comes before a window that starts within a piece is unknown: its first notes are told, not asked.
            before = np.concatenate([[chorales.TOKENS], given[:-1]])
            if not opening:
                wanted[:chorales.VOICES * 4] = -100
            given = before
        else:
            hidden = hide(wanted, rng)
            wanted = np.where(hidden, wanted, -100)
            given = np.where(hidden, chorales.TOKENS, given)
        tokens.append(given)
        targets.append(wanted)
        extra.append(more)
    positions = np.tile(np.arange(tokens[0].size) // (1 if kind == "causal" else chorales.VOICES), (len(tokens), 1))
    return [torch.from_numpy(np.stack(a)).to(device) for a in (tokens, targets, extra, positions)]


def causal_nll(net, pieces, device="cpu", key=True, stride=32):
    """Nats per token over whole pieces, each token seen with at least WINDOW - stride earlier 16ths where there are as many."""
    total, count, window = 0.0, 0, WINDOW["causal"]
    with torch.no_grad():
        for piece in pieces:
            flat = piece["tokens"].reshape(-1)
            before = np.concatenate([[chorales.TOKENS], flat[:-1]])
            extra = attributes(len(piece["tokens"]), 0, piece["key"] if key else KEY_UNKNOWN)
            done = 0
            while done < len(flat):
                end = min(len(flat), max(window, done // chorales.VOICES + stride) * chorales.VOICES)
                start = max(0, end - window * chorales.VOICES)
                given = torch.from_numpy(before[start:end])[None].to(device)
                logits = net(given, torch.from_numpy(extra[start:end])[None].to(device), torch.arange(end - start, device=device)[None])
                wanted = torch.from_numpy(flat[done:end]).to(device)
                total += float(F.cross_entropy(logits[0, done - start:].float(), wanted, reduction="sum"))
                count, done = count + end - done, end
    return total / count


def masked_nll(net, pieces, device="cpu"):
    """Nats per hidden token, fixed windows and hidden places: for choosing weights, not for comparison with others."""
    rng, total, count = np.random.default_rng(5), 0.0, 0
    with torch.no_grad():
        for _ in range(24):
            tokens, targets, extra, positions = batch_of("masked", pieces, rng, device)
            logits = net(tokens, extra, positions)
            total += float(F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), reduction="sum"))
            count += int((targets != -100).sum())
    return total / count


def plot(path_csv, path_png):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    rows = list(csv.DictReader(open(path_csv)))
    fig, ax = plt.subplots(figsize=(6, 3.5))
    for column in ("train", "validation"):
        ax.plot([int(r["step"]) for r in rows], [float(r[column]) for r in rows], label=column)
    ax.set_xlabel("step")
    ax.set_ylabel("nats per token")
    ax.legend()
    fig.tight_layout()
    fig.savefig(path_png, dpi=80)
    plt.close(fig)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("kind", choices=sorted(SHAPES))
    ap.add_argument("--data", default=str(chorales.DEFAULT_DATA))
    ap.add_argument("--runs", default=None)
    ap.add_argument("--steps", type=int, default=9000)
    ap.add_argument("--rate", type=float, default=1e-3)
    ap.add_argument("--device", default="cpu")
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    runs = pathlib.Path(a.runs or chorales.HERE / ".runs" / f"chorale-{a.kind}")
    runs.mkdir(parents=True, exist_ok=True)
    pieces = chorales.load(a.data)
    net = network(a.kind).to(a.device)
    ema = copy.deepcopy(net).eval().requires_grad_(False)
    optimiser = torch.optim.AdamW(net.parameters(), a.rate, betas=(.9, .98), weight_decay=.05)
    step, spent, best = 0, 0.0, math.inf
    checkpoint, kept = runs / "last.pt", runs / "best.pt"
    if checkpoint.exists():
        s = torch.load(checkpoint, map_location=a.device)
        net.load_state_dict(s["net"])
        ema.load_state_dict(s["ema"])
        optimiser.load_state_dict(s["optimiser"])
        step, spent, best = s["step"], s["seconds"], s["best"]
    log = runs / "curve.csv"
    if not log.exists():
        log.write_text("step,seconds,rate,train,validation\n")
    rng, sums, count, began = np.random.default_rng([SEED, step]), 0.0, 0, time.time() - spent
    torch.manual_seed(SEED + step)
    while step < a.steps:
        rate = a.rate * min(1, (step + 1) / 200) * (.02 + .98 * .5 * (1 + math.cos(math.pi * step / a.steps)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        tokens, targets, extra, positions = batch_of(a.kind, pieces["train"], rng, a.device)
        with torch.autocast(a.device, torch.bfloat16):
            logits = net(tokens, extra, positions)
        loss = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        step += 1
        with torch.no_grad():
            decay = min(.999, (step + 1) / (step + 20))
            for mean, weight in zip(ema.parameters(), net.parameters()):
                mean.lerp_(weight, 1 - decay)
        sums, count = sums + float(loss), count + 1
        if step % 300 == 0 or step == a.steps:
            found = (causal_nll(ema, pieces["valid"][::4], a.device, stride=96) if a.kind == "causal" else masked_nll(ema, pieces["valid"], a.device))
            seconds = time.time() - began
            with log.open("a") as f:
                f.write(f"{step},{seconds:.0f},{rate:.2e},{sums / count:.4f},{found:.4f}\n")
            print(f"{step} {seconds:.0f} s train {sums / count:.4f} validation {found:.4f}", flush=True)
            sums, count = 0.0, 0
            if found < best:
                best = found
                torch.save({"net": ema.state_dict(), "step": step, "validation": found}, kept)
            torch.save({"net": net.state_dict(), "ema": ema.state_dict(), "optimiser": optimiser.state_dict(), "step": step,
                        "seconds": seconds, "best": best}, checkpoint)
            plot(log, runs / "curve.png")


if __name__ == "__main__":
    main()
