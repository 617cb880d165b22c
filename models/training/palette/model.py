"""Glow over palettes (Kingma and Dhariwal, NeurIPS 2018; couplings of RealNVP, Dinh et al., ICLR 2017).

x [n,15] (five OKLab colours) <-> z [n,15]. Each step: an affine normalisation, a full invertible linear map kept as
P L U so that its determinant is a product, and an affine coupling. `forward` gives z and the exact log-determinant.
"""
import math

import numpy as np
import torch
from torch import nn

DIMS, STEPS, HIDDEN = 15, 12, 96
HALF = 7


class Mix(nn.Module):
    """z = (x + shift) * exp(scale) @ W, with W = P L U."""

    def __init__(self, seed):
        super().__init__()
        q = np.linalg.qr(np.random.default_rng(seed).normal(size=(DIMS, DIMS)))[0]
        w = torch.tensor(q, dtype=torch.float32)
        lu, pivots = torch.linalg.lu_factor(w)
        p, lower, upper = torch.lu_unpack(lu, pivots)
        self.register_buffer("p", p)
        self.register_buffer("sign", upper.diagonal().sign())
        self.lower, self.upper = nn.Parameter(lower.tril(-1)), nn.Parameter(upper.triu(1))
        self.log_diagonal = nn.Parameter(upper.diagonal().abs().log())
        self.shift, self.scale = nn.Parameter(torch.zeros(DIMS)), nn.Parameter(torch.zeros(DIMS))

    def matrix(self):
        lower = self.lower.tril(-1) + torch.eye(DIMS, dtype=self.lower.dtype)
        return self.p @ lower @ (self.upper.triu(1) + torch.diag(self.sign * self.log_diagonal.exp()))

    def forward(self, x):
        return (x + self.shift) * self.scale.exp() @ self.matrix(), self.scale.sum() + self.log_diagonal.sum()

    def inverse(self, z):
        return z @ torch.inverse(self.matrix().double()).to(z.dtype) * (-self.scale).exp() - self.shift


class Coupling(nn.Module):
    """Scales and shifts the last 8 dimensions by a function of the first 7."""

    def __init__(self, dropout):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(HALF, HIDDEN), nn.SiLU(), nn.Dropout(dropout), nn.Linear(HIDDEN, HIDDEN), nn.SiLU(),
                                 nn.Dropout(dropout), nn.Linear(HIDDEN, 2 * (DIMS - HALF)))
        nn.init.zeros_(self.net[-1].weight)
        nn.init.zeros_(self.net[-1].bias)

    def parts(self, a):
        both = self.net(a)
        return 1.5 * torch.tanh(both[:, :DIMS - HALF] / 1.5), both[:, DIMS - HALF:]

    def forward(self, x):
        a, b = x[:, :HALF], x[:, HALF:]
        s, t = self.parts(a)
        return torch.cat([a, b * s.exp() + t], 1), s.sum(1)

    def inverse(self, z):
        a, b = z[:, :HALF], z[:, HALF:]
        s, t = self.parts(a)
        return torch.cat([a, (b - t) * (-s).exp()], 1)


class Flow(nn.Module):
    def __init__(self, dropout=.1):
        super().__init__()
        self.mixes = nn.ModuleList(Mix(100 + i) for i in range(STEPS))
        self.couplings = nn.ModuleList(Coupling(dropout) for _ in range(STEPS))
        self.last = Mix(99)

    def start_from(self, x):
        """Whitens the first layer by the data's mean and spread."""
        self.mixes[0].shift.data.copy_(-x.mean(0))
        self.mixes[0].scale.data.copy_(-x.std(0).log())

    def forward(self, x):
        """z [n,15] and log |dz/dx| [n]."""
        total = 0
        for mix, coupling in zip(self.mixes, self.couplings):
            x, d = mix(x)
            total = total + d
            x, d = coupling(x)
            total = total + d
        x, d = self.last(x)
        return x, total + d

    def inverse(self, z):
        z = self.last.inverse(z)
        for mix, coupling in zip(reversed(self.mixes), reversed(self.couplings)):
            z = mix.inverse(coupling.inverse(z))
        return z

    def log_likelihood(self, x):
        """Natural log of the density of OKLab coordinates, [n]."""
        z, d = self(x)
        return d - .5 * (z * z).sum(1) - .5 * DIMS * math.log(2 * math.pi)


def bits_per_dimension(log_likelihood):
    """Bits a coordinate at a resolution of 1/256 of an OKLab unit."""
    return -log_likelihood / math.log(2) / DIMS + 8
