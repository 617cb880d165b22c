"""Kiln Texture: a variational autoencoder of textures, without the encoder (a variational auto-decoder).

posterior texture number -> mean and log variance of a global latent z [32], free parameters and not an encoder's output:
          with two hundred textures and one CPU this learns in a fraction of the time
decoder   z and basis fields [B,44,H+4,W+4] -> RGB and height [B,4,H,W], -1..1

The fields (textures.py: smooth noise of five scales, fibres, cells, pebbles, waves of period 8 to 64) are drawn on a
torus from a seed; with them as covariates the model is p(texture | z, fields). The decoder is a pixel synthesis
network (Anokhin et al., CIPS, CVPR 2021): modulated and demodulated 1x1 convolutions (Karras et al., StyleGAN2, CVPR 2020)
and two 3x3 ones over fields that are continued around the torus by two pixels. What it makes is therefore tileable by
construction, at any size that is a multiple of 64, and can be made in strips. No layer looks at statistics over space, so a
tile's content does not depend on its size.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

LATENT = 32
STYLE = 96
FIELDS, WIDE, NARROW, HALO = 44, 56, 24, 2


def wrap(x, k):
    """Continues a torus by k on all four sides."""
    x = torch.cat([x[..., -k:, :], x, x[..., :k, :]], -2)
    return torch.cat([x[..., -k:], x, x[..., :k]], -1)


class Modulated(nn.Module):
    """Unpadded convolution whose input channels are scaled by the style and whose output keeps its variance."""

    def __init__(self, cin, cout, k, demodulate=True):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(cout, cin, k, k) / math.sqrt(cin * k * k))
        self.bias = nn.Parameter(torch.zeros(cout))
        self.style = nn.Linear(STYLE, cin)
        nn.init.normal_(self.style.weight, std=.3 / math.sqrt(STYLE))
        nn.init.ones_(self.style.bias)
        self.shift = nn.Linear(STYLE, cout)
        nn.init.zeros_(self.shift.weight)
        nn.init.zeros_(self.shift.bias)
        self.demodulate = demodulate

    def forward(self, x, w):
        s = self.style(w)
        shift = (self.bias + self.shift(w))[:, :, None, None]
        x = x * s[:, :, None, None].to(x.dtype)
        y = F.conv2d(x, self.weight)
        if self.demodulate:
            d = torch.rsqrt((s * s) @ (self.weight * self.weight).sum((2, 3)).t() + 1e-6)
            y = y * d[:, :, None, None].to(y.dtype)
        return y + shift.to(y.dtype)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.map = nn.Sequential(nn.Linear(LATENT, STYLE), nn.LeakyReLU(.2), nn.Linear(STYLE, STYLE), nn.LeakyReLU(.2))
        sizes = ((FIELDS, WIDE, 1), (WIDE, WIDE, 1), (WIDE, WIDE, 1), (WIDE, NARROW, 3), (NARROW, NARROW, 3))
        self.layers = nn.ModuleList(Modulated(*s) for s in sizes)
        self.out = Modulated(NARROW, 4, 1, demodulate=False)
        with torch.no_grad():
            self.out.weight.mul_(.5)

    def forward(self, z, fields):
        """fields already continued by HALO."""
        w = self.map(z)
        x = fields
        for layer in self.layers:
            x = F.leaky_relu(layer(x, w), .2) * 1.3
        return self.out(x, w)


class Posterior(nn.Module):
    """q(z | texture i) = N(mean_i, exp(log_variance_i)), free for each training texture (Zadeh et al., "Variational
    Auto-Decoder", 2019). Means begin as one random vector for each kind plus a smaller one for each texture."""

    def __init__(self, kinds, seed=8):
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        names = sorted(set(kinds))
        of_kind = torch.randn(len(names), LATENT, generator=g)
        self.mean = nn.Parameter(.85 * of_kind[[names.index(k) for k in kinds]] + .5 * torch.randn(len(kinds), LATENT, generator=g))
        self.log_variance = nn.Parameter(torch.full((len(kinds), LATENT), -3.0))
