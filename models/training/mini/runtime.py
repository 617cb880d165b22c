"""What every training script shares: device and precision, resumable checkpoints, a running average of the weights."""
import argparse
import copy
import math
import pathlib

import torch

HERE = pathlib.Path(__file__).resolve().parent


def arguments(steps, batch, minutes):
    """The options of a training script."""
    ap = argparse.ArgumentParser()
    ap.add_argument("--work", default=str(HERE / ".runs"), help="what prepare.py wrote; checkpoints go there too")
    ap.add_argument("--steps", type=int, default=steps)
    ap.add_argument("--batch", type=int, default=batch)
    ap.add_argument("--minutes", type=float, default=minutes, help="length of the run by the clock: the learning rate has fallen by then")
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--device", default="cpu", help="cuda: use a batch of 256 or more")
    return ap


def autocast(device):
    """bfloat16 where it is quick."""
    return torch.autocast(device, dtype=torch.bfloat16)


def rate_at(progress, peak, warm=.02, floor=.03):
    """Warm-up, then flat to a half of the run, then a cosine down to `floor` of the peak; progress 0..1."""
    if progress < warm:
        return peak * max(.02, progress / warm)
    fall = max(0.0, (progress - .5) / .5)
    return peak * (floor + (1 - floor) * .5 * (1 + math.cos(math.pi * min(1.0, fall))))


class Average:
    """An exponential moving average of a module's weights."""

    def __init__(self, module, decay):
        self.module, self.decay, self.steps = copy.deepcopy(module).requires_grad_(False), decay, 0

    @torch.no_grad()
    def update(self, module):
        self.steps += 1
        weight = 1 - min(self.decay, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(list(self.module.parameters()), list(module.parameters()), weight)


class Checkpoint:
    """Saves and restores named things that have state_dict, and the counters."""

    def __init__(self, path, things):
        self.path, self.things = pathlib.Path(path), things

    def load(self, device):
        """The counters, or None at a first start."""
        if not self.path.exists():
            return None
        s = torch.load(self.path, map_location=device)
        for name, thing in self.things.items():
            thing.load_state_dict(s[name])
        return s["counters"]

    def save(self, counters):
        s = {name: thing.state_dict() for name, thing in self.things.items()}
        torch.save({**s, "counters": counters}, self.path.with_suffix(".tmp"))
        self.path.with_suffix(".tmp").replace(self.path)
