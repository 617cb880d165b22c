"""Train Kiln Texture. One command, fixed seed, resumes from its checkpoint, and evaluates itself at the end:

    OMP_NUM_THREADS=1 nice python3 train.py [--data ../shared/data] [--steps 2000]

Most steps take materials: the decoder gets the fields the texture was made from, and the likelihood is that of its pixels
and gradients. Every fifth step takes crops of photographs and paintings, whose fields nobody knows: the likelihood is
then that of their statistics under fresh ones (losses.py). The learning rate falls over the last 40 % of --steps, so a
run may be resumed with another length.
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

SEED, BATCH, RATE = 5150, 8, 3e-3
PICTURES_EVERY = 5
WEIGHTS = {"gradient": .25, "energy": .3, "kind": .15, "statistics": .25, "kl": 1e-4}
KEYS = ("pixel", "gradient", "energy", "statistics", "kl", "kind")


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
    for a, keys in zip(ax, (("pixel", "gradient", "statistics"), ("kl",))):
        for k in keys:
            a.plot(x, [float(r[k]) for r in rows], label=k)
        a.legend()
        a.set_xlabel("step")
    v = [(int(r["step"]), float(r["held_out"])) for r in rows if r["held_out"]]
    ax[2].plot(*zip(*v) if v else ([], []), label="held-out pixel error (EMA)")
    ax[2].legend()
    fig.tight_layout()
    fig.savefig(path_png, dpi=80)
    plt.close(fig)


def tensors(pair):
    """Crops, and fields continued around the torus, as channels-last tensors."""
    to = torch.channels_last
    return torch.from_numpy(pair[0]).contiguous(memory_format=to), model.wrap(torch.from_numpy(pair[1]), model.HALO).contiguous(memory_format=to)


@torch.no_grad()
def held_out(encoder, decoder, textures):
    """Mean absolute pixel error of held-out materials from their latent means and fields (levels -1..1)."""
    rng, found = np.random.default_rng(9), []
    for i in range(0, len(textures.materials), 13):
        x, fields = tensors(textures.crops(range(i, min(i + 13, len(textures.materials))), rng, 64, 64))
        y = decoder(encoder(x[:, :3])[0], fields)
        found.append((y - x).abs().mean((1, 2, 3)))
    return float(torch.cat(found).mean())


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default=str(data.DEFAULT_DATA))
    ap.add_argument("--runs", default=str(data.HERE / ".runs" / "main"))
    ap.add_argument("--cache", default=str(data.HERE / ".runs" / "cache"))
    ap.add_argument("--steps", type=int, default=2000)
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    runs = pathlib.Path(a.runs)
    runs.mkdir(parents=True, exist_ok=True)
    train, heldout = data.load(a.data, a.cache)
    cl = torch.channels_last
    encoder, decoder = model.Encoder().to(memory_format=cl), model.Decoder().to(memory_format=cl)
    names = sorted(set(train.kinds))
    numbers = torch.tensor([names.index(k) for k in train.kinds])
    head = torch.nn.Linear(model.LATENT, len(names))
    parameters = [*encoder.parameters(), *decoder.parameters(), *head.parameters()]
    optimiser = torch.optim.Adam(parameters, RATE, betas=(.9, .98))
    ema = copy.deepcopy(torch.nn.ModuleList([encoder, decoder])).requires_grad_(False)
    step, spent = 0, 0.0
    checkpoint = runs / "last.pt"
    if checkpoint.exists():
        s = torch.load(checkpoint)
        for name, module in (("encoder", encoder), ("decoder", decoder), ("head", head), ("ema", ema), ("optimiser", optimiser)):
            module.load_state_dict(s[name])
        step, spent = s["step"], s["seconds"]
    log = runs / "curve.csv"
    if not log.exists():
        log.write_text("step,cpu_seconds,rate," + ",".join(KEYS) + ",held_out\n")
    rng, g = np.random.default_rng([SEED, step]), torch.Generator().manual_seed(SEED + step)
    torch.manual_seed(SEED + step)
    acc, count, began = dict.fromkeys(KEYS, 0.0), dict.fromkeys(KEYS, 0), time.process_time() - spent
    while step < a.steps:
        fall = min(1.0, (a.steps - step) / (.4 * a.steps))
        rate = RATE * min(1, (step + 1) / 60) * (.04 + .96 * .5 * (1 - math.cos(math.pi * fall)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        pictures = step % PICTURES_EVERY == PICTURES_EVERY - 1
        first, count_of, batch, size = (len(train.materials), len(train.pictures), 3, 96) if pictures else (0, len(train.materials), BATCH, 64)
        which = first + rng.choice(count_of, batch, replace=False)
        target, fields = tensors(train.crops(which, rng, size, size))
        seen = tensors(train.crops(which, rng, size, size))[0] if pictures else target
        with torch.autocast("cpu", dtype=torch.bfloat16):
            mean, log_variance = encoder(seen[:, :3])
        mean, log_variance = mean.float(), log_variance.float()
        z = mean + torch.randn_like(mean) * (.5 * log_variance).exp()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            made = decoder(z, fields)
        made = made.float()
        # A hint from the label: without it z learns colours first and the decoder has no way to tell a weave from a marble.
        parts = {"kl": losses.kl(mean, log_variance).mean(), "kind": torch.nn.functional.cross_entropy(head(z), numbers[torch.from_numpy(which)])}
        if pictures:
            parts["statistics"] = losses.statistics(made, target, g).mean() + .3 * losses.spectrum(made, target).mean()
        else:
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
            for p, q in zip(ema.parameters(), [*encoder.parameters(), *decoder.parameters()]):
                p.lerp_(q, 1 - decay)
        for k, v in parts.items():
            acc[k] += float(v.detach())
            count[k] += 1
        if step % 25 == 0 or step == a.steps:
            save = step % 150 == 0 or step == a.steps
            value = f"{held_out(ema[0], ema[1], heldout):.4f}" if save else ""
            row = [step, f"{time.process_time() - began:.0f}", f"{rate:.2e}", *(f"{acc[k] / max(1, count[k]):.4f}" for k in KEYS), value]
            with open(log, "a") as f:
                f.write(",".join(map(str, row)) + "\n")
            print(*row, flush=True)
            acc, count = dict.fromkeys(KEYS, 0.0), dict.fromkeys(KEYS, 0)
            if save:
                torch.save({"encoder": encoder.state_dict(), "decoder": decoder.state_dict(), "head": head.state_dict(), "ema": ema.state_dict(),
                            "optimiser": optimiser.state_dict(), "step": step, "seconds": time.process_time() - began}, checkpoint.with_suffix(".tmp"))
                checkpoint.with_suffix(".tmp").replace(checkpoint)
                plot(log, runs / "curve.png")
    import evaluate
    evaluate.main(["--checkpoint", str(checkpoint), "--data", a.data, "--cache", a.cache])


if __name__ == "__main__":
    main()
