"""Train Kiln Style. One command, fixed seed, resumes from its checkpoint:

    nice python3 train.py [--data ../shared/data] [--runs .runs/main]

Phase "encode": encoder and decoder as a denoising autoencoder, with a classifier on the features'
statistics (which painting?), so that the statistics tell brushwork apart. Then the encoder is frozen
and the keys are fitted. Phase "paint": the decoder learns to paint transferred features: patch
distribution and feature statistics of the style, edges and coarse structure of the content, and the
content itself where features were not transferred. bfloat16 autocast; EMA of the decoder is exported.
"""
import argparse
import copy
import csv
import math
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as F

import data
import losses
import model

SEED = 4321
PLAN = (("encode", 650, 128, 5, 9e-4), ("paint", 560, 128, 5, 7e-4), ("paint", 130, 128, 5, 3e-4))
WEIGHTS = {"patches": 8.0, "stats": 0.5, "edges": 0.35, "structure": 0.12, "identity": 2.0, "grid": 12.0}
COLUMNS = ("pixel", "class", "patches", "stats", "edges", "structure", "identity", "grid")


def parse_plan(text):
    """'encode:900:128:8:8e-4,paint:...' -> tuple of phases."""
    return tuple((a, int(b), int(c), int(d), float(e)) for a, b, c, d, e in (p.split(":") for p in text.split(",")))


def locate(plan, step):
    """(phase number, step inside the phase) of a global step."""
    for i, p in enumerate(plan):
        if step < p[1]:
            return i, step
        step -= p[1]
    return len(plan), 0


def plot(path_csv, path_png):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    rows = list(csv.DictReader(open(path_csv)))
    if len(rows) < 2:
        return
    fig, ax = plt.subplots(1, 2, figsize=(10, 3.5))
    for k in COLUMNS:
        xy = [(int(r["step"]), float(r[k])) for r in rows if float(r.get(k) or 0)]
        if xy:
            ax[0 if k in ("pixel", "class") else 1].plot(*zip(*xy), label=k)
    for a in ax:
        a.set_yscale("log"); a.legend(); a.set_xlabel("step")
    fig.tight_layout(); fig.savefig(path_png, dpi=80); plt.close(fig)


def encode_step(nets, content, style, classes, rng):
    """Autoencode both pictures from disturbed copies; classify the style."""
    x = torch.cat([content, style])
    n, s = len(x), x.shape[-1]
    noisy = x + torch.randn(x.shape) * torch.from_numpy(rng.uniform(0, .08, (n, 1, 1, 1)).astype(np.float32)) * (torch.rand(n, 1, 1, 1) < .5)
    noisy = noisy.contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        f = nets["e"](noisy)
        y = nets["d"](f)
    y, f = y.float(), f.float()
    pixel = (y - x).abs().mean() + 2 * sum((losses.gradients(y, k) - losses.gradients(x, k)).abs().mean() for k in (0, 1))
    scale = ((f.mean((0, 2, 3)) ** 2).mean() + (f.std((0, 2, 3)).clamp_min(1e-3).log() ** 2).mean())  # unit variance, no more
    kind = F.cross_entropy(nets["k"](f[n // 2:]), classes)
    return {"pixel": pixel, "class": kind}, pixel + 0.02 * kind + 0.002 * scale


def paint_step(nets, content, style, rng, g, weights):
    """Decode a random mixture of the transfers; a quarter of the batch decodes its own features."""
    e, d, keys = nets["e"], nets["d"], nets["keys"]
    n = len(content)
    with torch.no_grad():
        with torch.autocast("cpu", dtype=torch.bfloat16):
            f = e(torch.cat([content, style]).contiguous(memory_format=torch.channels_last))
        fc, fs = f.float().contiguous().chunk(2)
        swap = model.attend(keys(fc, *model.moments(fc)), keys(fs, *model.moments(fs)), fs)
        linear = model.recolour_features(fc, fs)
        own = max(1, n // 4)
        mix, brush = (torch.from_numpy(rng.uniform(0, 1, (n, 1, 1, 1)).astype(np.float32)) for _ in range(2))
        t = model.with_strokes(mix * swap + (1 - mix) * linear, model.strokes(fc, fs, g), brush)
        t[:own] = fc[:own]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = d(t.contiguous(memory_format=torch.channels_last))
    y = y.float()
    z, c, s = y[own:], content[own:], style[own:]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        fz = e(z.contiguous(memory_format=torch.channels_last))
    fz = fz.float()
    # The more brushwork is asked for, the less the content is held.
    hold = 1.6 - 1.2 * brush[own:].flatten()
    part = {
        "patches": losses.sliced(z, s, g),
        "stats": losses.statistics(fz, fs[own:]),
        "edges": (losses.edges(z, c, 1) * hold).mean() / 2 + (losses.edges(z, c, 4) * hold).mean() / 2,
        "grid": losses.grid(y),
        "structure": (losses.structure(fz, fc[own:]) * hold).mean(),
        "identity": (y[:own] - content[:own]).abs().mean() + (losses.gradients(y[:own], 0) - losses.gradients(content[:own], 0)).abs().mean(),
    }
    return part, sum(weights[k] * v for k, v in part.items())


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default=str(data.DEFAULT_DATA))
    ap.add_argument("--runs", default=str(data.HERE / ".runs" / "main"))
    ap.add_argument("--cache", default=str(data.HERE / ".runs" / "cache"))
    ap.add_argument("--plan", type=parse_plan, default=PLAN)
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--save-seconds", type=float, default=120)
    ap.add_argument("--no-evaluate", action="store_true")
    for k, v in WEIGHTS.items():
        ap.add_argument(f"--{k}", type=float, default=v)
    a = ap.parse_args()
    weights = {k: getattr(a, k) for k in WEIGHTS}
    torch.set_num_threads(a.threads)
    torch.manual_seed(SEED)
    runs = pathlib.Path(a.runs)
    runs.mkdir(parents=True, exist_ok=True)
    data.build_cache(a.data, a.cache)
    sampler = data.Sampler(a.cache, SEED)
    nets = {"e": model.Encoder(), "d": model.Decoder(), "k": model.Classifier(len(sampler.classes)), "keys": model.Keys()}
    for k in ("e", "d"):
        nets[k] = nets[k].to(memory_format=torch.channels_last)
    ema = copy.deepcopy(nets["d"]).requires_grad_(False)
    params = {"encode": [p for k in ("e", "d", "k") for p in nets[k].parameters()], "paint": list(nets["d"].parameters())}
    opts = {k: torch.optim.Adam(v, 1e-4, betas=(.9, .98)) for k, v in params.items()}
    step, spent, ckpt = 0, 0.0, runs / "last.pt"
    if ckpt.exists():
        s = torch.load(ckpt)
        for k in nets:
            nets[k].load_state_dict(s[k])
        ema.load_state_dict(s["ema"])
        for k in opts:
            opts[k].load_state_dict(s["opt_" + k])
        step, spent = s["step"], s["seconds"]
    log = runs / "curve.csv"
    if not log.exists():
        log.write_text("step,phase,cpu_seconds,lr," + ",".join(COLUMNS) + "\n")
    rng, g = np.random.default_rng(SEED + step), torch.Generator().manual_seed(SEED + step)
    current, acc, count, last_save, began = None, {}, 0, time.time(), time.process_time() - spent
    total = sum(p[1] for p in a.plan)

    def save():
        torch.save({**{k: n.state_dict() for k, n in nets.items()}, "ema": ema.state_dict(), "step": step,
                    **{"opt_" + k: o.state_dict() for k, o in opts.items()}, "seconds": time.process_time() - began}, str(ckpt) + ".new")
        pathlib.Path(str(ckpt) + ".new").replace(ckpt)

    while step < total:
        i, inner = locate(a.plan, step)
        name, n, size, batch, lr = a.plan[i]
        if current != i:
            current, batches = i, data.prefetch(data.Sampler(a.cache, SEED + step), batch, size)
            if name == "paint":
                nets["e"].requires_grad_(False)
                if not nets["keys"].basis.any():
                    with torch.no_grad():
                        nets["keys"].fit([nets["e"](torch.from_numpy(x)) for _ in range(6) for x in next(batches)[:2]])
        lr_now = lr * min(1, (inner + 1) / 100) * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * inner / n)))
        for group in opts[name].param_groups:
            group["lr"] = lr_now
        content, style, classes = (torch.from_numpy(x) for x in next(batches))
        parts, loss = (encode_step(nets, content, style, classes, rng) if name == "encode"
                       else paint_step(nets, content, style, rng, g, weights))
        opts[name].zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(params[name], 1.0)
        if torch.isfinite(norm):
            opts[name].step()
        step += 1
        keep = min(.995, 1 - 1 / (inner + 2)) if name == "paint" else 0.99
        with torch.no_grad():
            for p, q in zip(ema.parameters(), nets["d"].parameters()):
                p.lerp_(q, 1 - keep)
        for k, v in parts.items():
            acc[k] = acc.get(k, 0.0) + float(v)
        count += 1
        if step % 25 == 0 or step == total:
            row = [acc.get(k, 0.0) / count for k in COLUMNS]
            line = f"{step},{name},{time.process_time() - began:.0f},{lr_now:.2e}," + ",".join(f"{v:.5f}" for v in row)
            print(line, flush=True)
            with open(log, "a") as f:
                f.write(line + "\n")
            acc, count = {}, 0
        if time.time() - last_save > a.save_seconds or step == total or locate(a.plan, step)[0] != i:
            save()
            last_save = time.time()
    plot(log, runs / "curve.png")
    if not a.no_evaluate:
        import evaluate
        evaluate.main(["--checkpoint", str(ckpt), "--data", a.data])


if __name__ == "__main__":
    main()
