"""Training of the drum VAE on bars of 4/4 of human performances."""
import numpy as np
import torch
from torch.nn import functional as F

import groove
import model

RATE, BATCH = 1.5e-3, 128
BETA, WARM_UP = .2, 1000
SPREAD = .1  # deviation that velocity and timing are scored with


def network(**changes):
    return model.DrumVae(**changes)


class Task:
    def __init__(self, data):
        self.bars = {}
        for split, performances in groove.load(data).items():
            bars = np.concatenate([groove.grids(p) for p in performances if p["bar"] == 16])
            self.bars[split] = torch.from_numpy(bars[bars[..., 0].sum((1, 2)) > 1])
        self.step = 0

    def batch(self, rng):
        bars = self.bars["train"][torch.from_numpy(rng.integers(0, len(self.bars["train"]), BATCH))].clone()
        bars[..., 1] *= torch.from_numpy(rng.uniform(.85, 1.15, (BATCH, 1, 1)).astype(np.float32))
        bars[..., 1].clamp_(max=1)
        # Parts of a kit are left out now and then, so that latents of single voices are met too.
        kept = torch.from_numpy((rng.random((BATCH, 1, 9, 1)) > .08 * (rng.random((BATCH, 1, 1, 1)) < .5)).astype(np.float32))
        return bars * kept

    def nats(self, net, bars, latent):
        """Of hits, velocities and timings, each summed over a bar [batch]."""
        hit, velocity, timing = net.raw(latent)
        told = bars[..., 0]
        return (F.binary_cross_entropy_with_logits(hit.float(), told, reduction="none").sum((1, 2)),
                *(((mine.float() - theirs) ** 2 * told / (2 * SPREAD ** 2)).sum((1, 2)) for mine, theirs in ((velocity, bars[..., 1]), (timing, bars[..., 2]))))

    def loss(self, net, bars):
        self.step += 1
        mean, deviation = (x.float() for x in net.encode(bars))
        nats = sum(self.nats(net, bars, mean + deviation * torch.randn_like(deviation)))
        return (nats + BETA * min(1, self.step / WARM_UP) * model.divergence(mean, deviation).sum(1)).mean() / 100

    def score(self, net, split):
        """At the posterior's mean: F1 of the hits at 0.5, mean error of velocity (0..1) and timing (16ths) of the hits, divergence."""
        bars = self.bars[split]
        with torch.no_grad():
            mean, deviation = net.encode(bars)
            again = net.decode(mean)
            told, found = bars[..., 0] > .5, again[..., 0] > .5
            f1 = 2 * float((told & found).sum()) / float(told.sum() + found.sum())
            velocity, timing = (float((again[..., i] - bars[..., i]).abs()[told].mean()) for i in (1, 2))
            loss = float((sum(self.nats(net, bars, mean)) + BETA * model.divergence(mean, deviation).sum(1)).mean())
            return {"loss": loss, "f1": f1, "velocity": velocity, "timing": timing, "divergence": float(model.divergence(mean, deviation).sum(1).mean())}

    def validate(self, net):
        found = self.score(net, "valid")
        return {"validation": found["loss"], **found}
