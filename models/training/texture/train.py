"""Train Kiln Texture. One command, fixed seed, resumes from its checkpoint, and evaluates itself at the end:

    OMP_NUM_THREADS=1 nice python3 train.py [--data ../shared/data] [--steps 3000]

Every material is rendered once over a pool of fields of 64 px. A step takes a small patch of every material, each over
fields and at a place of its own: neighbouring pixels teach nearly the same, so many small patches teach far more than a
few large crops at the same cost. The likelihood is that of pixels and gradients. The learning rate falls over the last
40 % of --steps, so a run may be resumed with another length.
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
import losses
import model
import textures

SEED, RATE = 5150, 4e-3
POOL, PATCH = 20, 12
WEIGHTS = {"gradient": .3, "energy": .2, "kl": 5e-5}
KEYS = ("pixel", "gradient", "energy", "kl")


def plot(path_csv, path_png):
    """Draw the curve."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    rows = list(csv.DictReader(open(path_csv)))
    if len(rows) < 2:
        return
    fig, ax = plt.subplots(1, 3, figsize=(13, 3.5))
    x = [int(r["step"]) for r in rows]
    for a, keys in zip(ax, (("pixel", "gradient", "energy"), ("kl",))):
        for k in keys:
            a.plot(x, [float(r[k]) for r in rows], label=k)
        a.legend()
        a.set_xlabel("step")
    v = [(int(r["step"]), float(r["fresh"])) for r in rows if r["fresh"]]
    ax[2].plot(*zip(*v) if v else ([], []), label="pixel error over fresh fields (EMA)")
    ax[2].legend()
    fig.tight_layout()
    fig.savefig(path_png, dpi=80)
    plt.close(fig)


def build_pool(found, out):
    """Fields [POOL,44,68,68] float32 (continued by the halo) and renderings [POOL,materials,4,64,64] uint8; cached."""
    cache = pathlib.Path(out) / "pool.npz"
    if not cache.exists():
        fields, tiles = [], []
        for k in range(POOL):
            f = textures.Field(textures.draw_noise(np.random.default_rng([SEED, k]), 64, 64), 64, 64)
            fields.append(f.channels())
            tiles.append([np.round((textures.render(m, f) + 1) * 127.5).astype(np.uint8) for m in found.materials])
        np.savez(cache, fields=np.array(fields, np.float32), tiles=np.array(tiles))
    d = np.load(cache)
    return model.wrap(torch.from_numpy(d["fields"]), model.HALO), torch.from_numpy(d["tiles"])


def patches(rng, pool, which):
    """One patch of each material: fields [n,44,PATCH+4,PATCH+4] and pixels [n,4,PATCH,PATCH], -1..1."""
    fields, tiles = pool
    ks = rng.integers(0, len(fields) - 1, len(which))  # the last of the pool is for `fresh_error`
    ys, xs = rng.integers(0, 64 - PATCH + 1, (2, len(which)))
    big = PATCH + 2 * model.HALO
    f = torch.stack([fields[k, :, y:y + big, x:x + big] for k, y, x in zip(ks, ys, xs)])
    t = torch.stack([tiles[k, i, :, y:y + PATCH, x:x + PATCH] for k, i, y, x in zip(ks, which, ys, xs)])
    return f.contiguous(memory_format=torch.channels_last), t.float() / 127.5 - 1


@torch.no_grad()
def fresh_error(posterior, decoder, pool):
    """Mean absolute pixel error of every third material over fields never trained on (levels -1..1)."""
    which = list(range(0, len(posterior.mean), 3))
    errors = [(decoder(posterior.mean[i:i + 1], pool[0][-1:]) - (pool[1][-1, i:i + 1].float() / 127.5 - 1)).abs().mean() for i in which]
    return float(torch.stack(errors).mean())


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default=str(data.DEFAULT_DATA))
    ap.add_argument("--runs", default=str(data.HERE / ".runs" / "main"))
    ap.add_argument("--cache", default=str(data.HERE / ".runs" / "cache"))
    ap.add_argument("--steps", type=int, default=3000)
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    runs = pathlib.Path(a.runs)
    runs.mkdir(parents=True, exist_ok=True)
    train, _ = data.load(a.data, a.cache)
    cl = torch.channels_last
    pool = build_pool(train, a.cache)
    posterior, decoder = model.Posterior(train.kinds), model.Decoder().to(memory_format=cl)
    parameters = [*decoder.parameters()]
    optimiser = torch.optim.Adam([{"params": parameters, "share": 1.0}, {"params": [*posterior.parameters()], "share": 3.0}], RATE, betas=(.9, .98))
    ema = copy.deepcopy(torch.nn.ModuleList([posterior, decoder])).requires_grad_(False)
    step, spent = 0, 0.0
    checkpoint = runs / "last.pt"
    if checkpoint.exists():
        s = torch.load(checkpoint)
        for name, module in (("posterior", posterior), ("decoder", decoder), ("ema", ema), ("optimiser", optimiser)):
            module.load_state_dict(s[name])
        step, spent = s["step"], s["seconds"]
    log = runs / "curve.csv"
    if not log.exists():
        log.write_text("step,cpu_seconds,rate," + ",".join(KEYS) + ",fresh\n")
    rng = np.random.default_rng([SEED, step])
    torch.manual_seed(SEED + step)
    acc, count, began = dict.fromkeys(KEYS, 0.0), dict.fromkeys(KEYS, 0), time.process_time() - spent
    while step < a.steps:
        fall = min(1.0, (a.steps - step) / (.4 * a.steps))
        rate = RATE * min(1, (step + 1) / 60) * (.04 + .96 * .5 * (1 - math.cos(math.pi * fall)))
        for group in optimiser.param_groups:
            group["lr"] = rate * group["share"]
        which = np.arange(len(posterior.mean))
        fields, target = patches(rng, pool, which)
        mean, log_variance = posterior.mean, posterior.log_variance
        z = mean + torch.randn_like(mean) * (.5 * log_variance).exp()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            made = decoder(z, fields)
        made = made.float()
        parts = {"kl": losses.kl(mean, log_variance).mean()}
        parts["pixel"] = (made - target).pow(2).mean() + .3 * (made - target).abs().mean()
        parts["gradient"], parts["energy"] = losses.gradients(made, target)
        loss = sum(WEIGHTS.get(k, 1.0) * (min(1, step / 300) if k == "kl" else 1) * v for k, v in parts.items())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        if torch.isfinite(norm):
            optimiser.step()
        step += 1
        decay = min(.99, (1 + step) / (10 + step))
        with torch.no_grad():
            for p, q in zip(ema.parameters(), [*posterior.parameters(), *parameters]):
                p.lerp_(q, 1 - decay)
        for k, v in parts.items():
            acc[k] += float(v.detach())
            count[k] += 1
        if step % 25 == 0 or step == a.steps:
            save = step % 100 == 0 or step == a.steps
            value = f"{fresh_error(ema[0], ema[1], pool):.4f}" if save else ""
            row = [step, f"{time.process_time() - began:.0f}", f"{rate:.2e}", *(f"{acc[k] / max(1, count[k]):.4f}" for k in KEYS), value]
            with open(log, "a") as f:
                f.write(",".join(map(str, row)) + "\n")
            print(*row, flush=True)
            acc, count = dict.fromkeys(KEYS, 0.0), dict.fromkeys(KEYS, 0)
            if save:
                torch.save({"posterior": posterior.state_dict(), "decoder": decoder.state_dict(), "ema": ema.state_dict(),
                            "optimiser": optimiser.state_dict(), "step": step, "seconds": time.process_time() - began}, checkpoint.with_suffix(".tmp"))
                checkpoint.with_suffix(".tmp").replace(checkpoint)
                plot(log, runs / "curve.png")
    import evaluate
    evaluate.main(["--checkpoint", str(checkpoint), "--data", a.data, "--cache", a.cache])


if __name__ == "__main__":
    main()
