"""Train Kiln Texture. One command, fixed seed, resumes from its checkpoint, and evaluates itself at the end:

    OMP_NUM_THREADS=1 nice python3 train.py [--data ../shared/data] [--steps 2400]

Two crops of one texture: the encoder sees the first, the decoder (fed with fresh noise) must match the statistics of
the second. From step ADVERSARIAL on a patch discriminator that sees z adds its gradient and its feature moments. The
learning rate falls over the last 40 % of --steps, so a run may be resumed with another length.
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

import data
import losses
import model

SEED, BATCH, RATE = 5150, 4, 2e-3
ADVERSARIAL = 600
WEIGHTS = {"spectrum": .06, "kl": 4e-4, "adversarial": .02, "moments": .25}
KEYS = ("statistics", "spectrum", "kl", "adversarial", "moments", "discriminator")


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
    for a, keys in zip(ax, (("statistics", "moments"), ("kl",))):
        for k in keys:
            a.plot(x, [float(r[k]) for r in rows], label=k)
        a.legend()
        a.set_xlabel("step")
    v = [(int(r["step"]), float(r["held_out"])) for r in rows if r["held_out"]]
    ax[2].plot(*zip(*v) if v else ([], []), label="held-out statistics (EMA)")
    ax[2].legend()
    fig.tight_layout()
    fig.savefig(path_png, dpi=80)
    plt.close(fig)


@torch.no_grad()
def held_out(encoder, decoder, images):
    """Mean statistics distance between held-out crops and what their latent mean gives, with fixed noise and filters."""
    g, rng, found = torch.Generator().manual_seed(9), np.random.default_rng(9), []
    for i in range(0, len(images) - 7, 8):
        x = torch.from_numpy(data.crops(rng, images[i:i + 8], 128, 128))
        mean, _ = encoder(x[:, :3])
        grid = model.periodic_grid(128, 128)[None].expand(8, -1, -1, -1)
        y = decoder(mean, model.draw_noise(8, 128, 128, g), grid)
        found.append(losses.statistics(y.float(), x, g))
    return float(torch.cat(found).mean())


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default=str(data.DEFAULT_DATA))
    ap.add_argument("--runs", default=str(data.HERE / ".runs" / "main"))
    ap.add_argument("--cache", default=str(data.HERE / ".runs" / "cache"))
    ap.add_argument("--steps", type=int, default=2400)
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    runs = pathlib.Path(a.runs)
    runs.mkdir(parents=True, exist_ok=True)
    d = data.load(a.data, a.cache)
    cl = torch.channels_last
    encoder, decoder = model.Encoder().to(memory_format=cl), model.Decoder().to(memory_format=cl)
    critic = model.Discriminator().to(memory_format=cl)
    parameters = [*encoder.parameters(), *decoder.parameters()]
    optimiser = torch.optim.Adam(parameters, RATE, betas=(.8, .98))
    judge = torch.optim.Adam(critic.parameters(), RATE, betas=(.5, .98))
    ema = copy.deepcopy(torch.nn.ModuleList([encoder, decoder])).requires_grad_(False)
    step, spent = 0, 0.0
    checkpoint = runs / "last.pt"
    if checkpoint.exists():
        s = torch.load(checkpoint)
        for name, module in (("encoder", encoder), ("decoder", decoder), ("critic", critic), ("ema", ema),
                             ("optimiser", optimiser), ("judge", judge)):
            module.load_state_dict(s[name])
        step, spent = s["step"], s["seconds"]
    log = runs / "curve.csv"
    if not log.exists():
        log.write_text("step,cpu_seconds,rate," + ",".join(KEYS) + ",held_out\n")
    rng, g = np.random.default_rng([SEED, step]), torch.Generator().manual_seed(SEED + step)
    torch.manual_seed(SEED + step)
    acc, count, began = dict.fromkeys(KEYS, 0.0), 0, time.process_time() - spent
    while step < a.steps:
        fall = min(1.0, (a.steps - step) / (.4 * a.steps))
        rate = RATE * min(1, (step + 1) / 60) * (.04 + .96 * .5 * (1 - math.cos(math.pi * fall)))
        for o in (optimiser, judge):
            for group in o.param_groups:
                group["lr"] = rate * (1 if o is optimiser else .5)
        which = rng.choice(len(d["train"]), BATCH, replace=False)
        images = d["train"][which]
        size = (64, 128) if step % 2 else (128, 64)  # half the work of 128 x 128, and still multiples of the longest period
        seen, target = (torch.from_numpy(data.crops(rng, images, *size)).contiguous(memory_format=cl) for _ in range(2))
        noises = [n.contiguous(memory_format=cl) for n in model.draw_noise(BATCH, *size)]
        grid = model.periodic_grid(*size)[None].expand(BATCH, -1, -1, -1).contiguous(memory_format=cl)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            mean, log_variance = encoder(seen[:, :3])
        mean, log_variance = mean.float(), log_variance.float()
        z = mean + torch.randn_like(mean) * (.5 * log_variance).exp()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            fake = decoder(z, noises, grid)
        fake = fake.float()
        parts = {"statistics": losses.statistics(fake, target, g).mean(), "spectrum": losses.spectrum(fake, target).mean(),
                 "kl": losses.kl(mean, log_variance).mean()}
        over = F.relu(fake.abs() - 1).mean()
        loss = parts["statistics"] + WEIGHTS["spectrum"] * parts["spectrum"] + WEIGHTS["kl"] * min(1, step / 400) * parts["kl"] + over
        if step >= ADVERSARIAL:
            ramp = min(1.0, (step - ADVERSARIAL) / 300)
            critic.requires_grad_(True)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                s, _ = critic(torch.cat([target, fake.detach()]).contiguous(memory_format=cl), torch.cat([mean.detach()] * 2))
            real_score, fake_score = s.chunk(2)
            parts["discriminator"] = F.relu(1 - real_score).mean() + F.relu(1 + fake_score).mean()
            judge.zero_grad(set_to_none=True)
            parts["discriminator"].backward()
            judge.step()
            critic.requires_grad_(False)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                s, found = critic(torch.cat([target, fake]).contiguous(memory_format=cl), torch.cat([mean.detach()] * 2))
            parts["adversarial"] = -s.chunk(2)[1].mean()
            both = losses.moments(found)
            parts["moments"] = (both[:BATCH].detach() - both[BATCH:]).abs().mean()
            loss = loss + ramp * (WEIGHTS["adversarial"] * parts["adversarial"] + WEIGHTS["moments"] * parts["moments"])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        if torch.isfinite(norm):
            optimiser.step()
        step += 1
        decay = min(.995, (1 + step) / (10 + step))
        with torch.no_grad():
            for p, q in zip(ema.parameters(), parameters):
                p.lerp_(q, 1 - decay)
        for k, v in parts.items():
            acc[k] += float(v.detach())
        count += 1
        if step % 25 == 0 or step == a.steps:
            save = step % 100 == 0 or step == a.steps
            value = f"{held_out(ema[0], ema[1], d['heldout']):.4f}" if save else ""
            row = [step, f"{time.process_time() - began:.0f}", f"{rate:.2e}", *(f"{acc[k] / count:.4f}" for k in KEYS), value]
            with open(log, "a") as f:
                f.write(",".join(map(str, row)) + "\n")
            print(*row, flush=True)
            acc, count = dict.fromkeys(KEYS, 0.0), 0
            if save:
                torch.save({"encoder": encoder.state_dict(), "decoder": decoder.state_dict(), "critic": critic.state_dict(),
                            "ema": ema.state_dict(), "optimiser": optimiser.state_dict(), "judge": judge.state_dict(),
                            "step": step, "seconds": time.process_time() - began}, checkpoint.with_suffix(".tmp"))
                checkpoint.with_suffix(".tmp").replace(checkpoint)
                plot(log, runs / "curve.png")
    import evaluate
    evaluate.main(["--checkpoint", str(checkpoint), "--data", a.data, "--cache", a.cache])


if __name__ == "__main__":
    main()
