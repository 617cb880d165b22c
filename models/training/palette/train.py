"""Train Kiln Palette. One command, fixed seed, resumes from its checkpoint, and evaluates itself at the end:

    OMP_NUM_THREADS=1 nice python3 train.py [--data ../shared/data] [--steps 4500]

Maximum likelihood on dequantised palettes in random order. The weights kept are the average (EMA) that is best on the
validation pictures; the test pictures are only read by evaluate.py.
"""
import argparse
import copy
import csv
import math
import pathlib
import time

import numpy as np
import torch

import data
import model

SEED, BATCH, RATE = 2718, 384, 1.5e-3
JITTER = .012  # OKLab units added to training palettes: k-means centres move that much with the crop


def plot(path_csv, path_png):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    rows = list(csv.DictReader(open(path_csv)))
    fig, ax = plt.subplots(figsize=(6, 3.5))
    for k in ("train_bits", "validation_bits"):
        ax.plot([int(r["step"]) for r in rows], [float(r[k]) for r in rows], label=k)
    ax.set_xlabel("step")
    ax.set_ylabel("bits per dimension")
    ax.legend()
    fig.tight_layout()
    fig.savefig(path_png, dpi=80)
    plt.close(fig)


def validation_bits(flow, palettes):
    rng = np.random.default_rng(3)
    with torch.no_grad():
        return float(np.mean([model.bits_per_dimension(flow.log_likelihood(torch.from_numpy(data.dequantised(palettes, rng)))).mean()
                              for _ in range(4)]))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default=str(data.DEFAULT_DATA))
    ap.add_argument("--runs", default=str(data.HERE / ".runs" / "main"))
    ap.add_argument("--cache", default=str(data.HERE / ".runs" / "cache"))
    ap.add_argument("--steps", type=int, default=4500)
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    runs = pathlib.Path(a.runs)
    runs.mkdir(parents=True, exist_ok=True)
    d = data.load(a.data, a.cache)
    flow = model.Flow()
    flow.start_from(torch.from_numpy(data.dequantised(d["train"], np.random.default_rng(1))))
    ema = copy.deepcopy(flow).eval().requires_grad_(False)
    optimiser = torch.optim.AdamW(flow.parameters(), RATE, betas=(.9, .98), weight_decay=1e-3)
    step, spent, best = 0, 0.0, math.inf
    checkpoint, kept = runs / "last.pt", runs / "best.pt"
    if checkpoint.exists():
        s = torch.load(checkpoint)
        flow.load_state_dict(s["flow"])
        ema.load_state_dict(s["ema"])
        optimiser.load_state_dict(s["optimiser"])
        step, spent, best = s["step"], s["seconds"], s["best"]
    log = runs / "curve.csv"
    if not log.exists():
        log.write_text("step,cpu_seconds,rate,train_bits,validation_bits\n")
    rng, acc, count, began = np.random.default_rng([SEED, step]), 0.0, 0, time.process_time() - spent
    torch.manual_seed(SEED + step)
    while step < a.steps:
        rate = RATE * min(1, (step + 1) / 200) * (.02 + .98 * .5 * (1 + math.cos(math.pi * step / a.steps)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        x = data.dequantised(d["train"][rng.integers(0, len(d["train"]), BATCH)], rng)
        x = torch.from_numpy(x + JITTER * rng.normal(size=x.shape).astype(np.float32))
        loss = model.bits_per_dimension(flow.log_likelihood(x)).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(flow.parameters(), 5.0)
        if torch.isfinite(norm):
            optimiser.step()
        step += 1
        decay = min(.998, (1 + step) / (10 + step))
        with torch.no_grad():
            for p, q in zip(ema.parameters(), flow.parameters()):
                p.lerp_(q, 1 - decay)
        acc, count = acc + float(loss.detach()), count + 1
        if step % 250 == 0 or step == a.steps:
            value = validation_bits(ema, d["validation"])
            row = [step, f"{time.process_time() - began:.0f}", f"{rate:.2e}", f"{acc / count:.4f}", f"{value:.4f}"]
            with open(log, "a") as f:
                f.write(",".join(map(str, row)) + "\n")
            print(*row, flush=True)
            acc, count = 0.0, 0
            if value < best:
                best = value
                torch.save({"flow": ema.state_dict(), "step": step, "validation_bits": value, "seconds": time.process_time() - began}, kept)
            torch.save({"flow": flow.state_dict(), "ema": ema.state_dict(), "optimiser": optimiser.state_dict(), "step": step,
                        "seconds": time.process_time() - began, "best": best}, checkpoint.with_suffix(".tmp"))
            checkpoint.with_suffix(".tmp").replace(checkpoint)
            plot(log, runs / "curve.png")
    import evaluate
    evaluate.main(["--checkpoint", str(kept), "--data", a.data, "--cache", a.cache])


if __name__ == "__main__":
    main()
