"""Train one of the models. Fixed seed; resumes from its checkpoint; ends when it has trained for the minutes given:

    OMP_NUM_THREADS=1 python3 train.py chorale --minutes 45

The rate falls along a cosine of the time spent. The weights kept are the average (EMA) that is best on the validation pieces.
"""
import argparse
import copy
import importlib
import math
import pathlib
import time

import numpy as np
import torch

import chorales

SEED = 1685
TASKS = ("chorale", "song", "drums", "masked", "bar", "drum_vae")


def groups(net, decay):
    """Weight decay for matrices only."""
    matrices = [p for p in net.parameters() if p.dim() > 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": [p for p in net.parameters() if p.dim() < 2], "weight_decay": 0.0}]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("task", choices=TASKS)
    ap.add_argument("--minutes", type=float, required=True)
    ap.add_argument("--data", default=str(chorales.DEFAULT_DATA))
    ap.add_argument("--run", default=None, help="name of the run, by default the task's")
    ap.add_argument("--rate", type=float, default=None)
    ap.add_argument("--precision", choices=("float32", "bfloat16"), default="bfloat16")
    ap.add_argument("--compile", action="store_true")
    ap.add_argument("--every", type=float, default=120, help="seconds between validations")
    ap.add_argument("--set", action="append", default=[], help="name=value of the network")
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    runs = chorales.HERE / ".runs" / (a.run or a.task)
    runs.mkdir(parents=True, exist_ok=True)
    module = importlib.import_module(f"task_{a.task}")
    task = module.Task(pathlib.Path(a.data))
    shape = {k: float(v) if "." in v else int(v) for k, v in (s.split("=") for s in a.set)}
    rate = a.rate or module.RATE
    net = module.network(**shape)
    ema = copy.deepcopy(net).eval().requires_grad_(False)
    optimiser = torch.optim.AdamW(groups(net, .05), rate, betas=(.9, .98), fused=True)
    step, spent, best = 0, 0.0, math.inf
    checkpoint, kept, log = runs / "last.pt", runs / "best.pt", runs / "curve.csv"
    if checkpoint.exists():
        s = torch.load(checkpoint)
        net.load_state_dict(s["net"])
        ema.load_state_dict(s["ema"])
        optimiser.load_state_dict(s["optimiser"])
        step, spent, best = s["step"], s["seconds"], s["best"]
    print(a.task, sum(p.numel() for p in net.parameters()), "parameters", flush=True)
    called = torch.compile(net, dynamic=False) if a.compile else net
    rng, budget = np.random.default_rng([SEED, step]), a.minutes * 60
    torch.manual_seed(SEED + step)
    losses, began, checked = [], time.time() - spent, spent
    mine, theirs = list(net.parameters()), list(ema.parameters())
    while spent < budget:
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 150) * (.01 + .99 * .5 * (1 + math.cos(math.pi * spent / budget)))
        batch = task.batch(rng)
        with torch.autocast("cpu", torch.bfloat16, enabled=a.precision == "bfloat16"):
            loss = task.loss(called, batch)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(mine, 1.0)
        optimiser.step()
        step += 1
        with torch.no_grad():
            torch._foreach_lerp_(theirs, mine, 1 - min(.998, (step + 1) / (step + 20)))
        losses.append(float(loss.detach()))
        spent = time.time() - began
        if spent - checked >= a.every or spent >= budget:
            checked = spent
            found = {name: float(value) for name, value in task.validate(ema).items()}
            if not log.exists():
                log.write_text("step,seconds,train," + ",".join(found) + "\n")
            with log.open("a") as f:
                f.write(f"{step},{spent:.0f},{np.mean(losses):.4f}," + ",".join(f"{v:.4f}" for v in found.values()) + "\n")
            print(f"{step} {spent:.0f} s train {np.mean(losses):.4f}", {k: round(v, 4) for k, v in found.items()}, flush=True)
            losses = []
            if found["validation"] < best:
                best = found["validation"]
                torch.save({"net": ema.state_dict(), "shape": shape, "step": step, "seconds": spent, "found": found}, kept)
            torch.save({"net": net.state_dict(), "ema": ema.state_dict(), "optimiser": optimiser.state_dict(), "step": step,
                        "seconds": spent, "best": best}, checkpoint)
            spent = time.time() - began


if __name__ == "__main__":
    main()
