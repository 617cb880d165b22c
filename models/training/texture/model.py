"""Kiln Texture: a variational autoencoder of textures.

encoder   crop [B,3,S,S] -> mean and log variance of a global latent z [B,32] (mean and spread of features over space)
decoder   z, noise at five strides, a periodic grid -> RGB and height [B,4,H,W], -1..1

Every convolution wraps around, so the decoder commutes with cyclic shifts by its coarsest stride: what it makes is
tileable by construction at any size that is a multiple of 64. z acts on channels only, by modulation and
demodulation of convolutions (Karras et al., StyleGAN2, CVPR 2020); noise gives every place its own detail, as in
spatial GANs (Jetchev et al., arXiv:1611.08207), and the grid of sines gives regular textures their period, as in
PSGAN (Bergmann et al., ICML 2017). No layer looks at statistics over space, so a tile's content does not depend on
its size.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

LATENT = 32
STYLE = 96
STRIDES = (16, 8, 4, 2, 1)
CHANNELS = (64, 64, 64, 40, 20)
NOISE = (16, 4, 4, 2, 2)
PERIODS = (8, 16, 32, 64)
# Which periods a stride can carry: at least four samples in a period.
PERIODS_AT = tuple(tuple(p for p in PERIODS if p >= 4 * s) if s > 1 else () for s in STRIDES)


def wrap(x, k):
    """Circular padding by k on all four sides."""
    x = torch.cat([x[..., -k:, :], x, x[..., :k, :]], -2)
    return torch.cat([x[..., -k:], x, x[..., :k]], -1)


def periodic_grid(height, width):
    """[16, height/2, width/2]: for each period sin x, cos x, sin y, cos y, at stride 2 (pixel 0, 2, 4 ...)."""
    y, x = torch.arange(0, height, 2).float(), torch.arange(0, width, 2).float()
    out = []
    for p in PERIODS:
        for f in (torch.sin, torch.cos):
            out.append(f(2 * math.pi * x / p)[None].expand(len(y), -1))
        for f in (torch.sin, torch.cos):
            out.append(f(2 * math.pi * y / p)[:, None].expand(-1, len(x)))
    return torch.stack(out)


class Modulated(nn.Module):
    """Convolution whose input channels are scaled by the style and whose output keeps its variance."""

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
        self.k, self.demodulate = k, demodulate

    def forward(self, x, w):
        s = self.style(w)
        shift = (self.bias + self.shift(w))[:, :, None, None]
        x = x * s[:, :, None, None].to(x.dtype)
        y = F.conv2d(wrap(x, self.k // 2) if self.k > 1 else x, self.weight)
        if self.demodulate:
            d = torch.rsqrt((s * s) @ (self.weight * self.weight).sum((2, 3)).t() + 1e-6)
            y = y * d[:, :, None, None].to(y.dtype)
        return y + shift.to(y.dtype)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.map = nn.Sequential(nn.Linear(LATENT, STYLE), nn.LeakyReLU(.2), nn.Linear(STYLE, STYLE), nn.LeakyReLU(.2))
        self.first, self.second = nn.ModuleList(), nn.ModuleList()
        previous = 0
        for c, n, periods in zip(CHANNELS, NOISE, PERIODS_AT):
            self.first.append(Modulated(previous + n + 4 * len(periods), c, 3))
            self.second.append(Modulated(c, c, 3))
            previous = c
        self.out = Modulated(previous, 4, 1, demodulate=False)
        with torch.no_grad():
            self.out.weight.mul_(.5)

    def forward(self, z, noises, grid):
        """noises: five tensors [B,NOISE[i],H/stride,W/stride]; grid [B,16,H/2,W/2] of periodic_grid."""
        w = self.map(z)
        x = None
        for i, stride in enumerate(STRIDES):
            parts = [] if x is None else [x.repeat_interleave(2, -1).repeat_interleave(2, -2) if not torch.onnx.is_in_onnx_export()
                                          else F.interpolate(x, scale_factor=2.0, mode="nearest")]
            parts.append(noises[i])
            if PERIODS_AT[i]:
                first = len(PERIODS) - len(PERIODS_AT[i])
                step = stride // 2
                parts.append(grid[:, 4 * first:, ::step, ::step])
            x = torch.cat([p.to(noises[i].dtype if x is None else x.dtype) for p in parts], 1)
            x = F.leaky_relu(self.first[i](x, w), .2) * 1.3
            x = F.leaky_relu(self.second[i](x, w), .2) * 1.3
        return self.out(x, w)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        widths = (3, 32, 48, 64, 96)
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 4, 2) for a, b in zip(widths, widths[1:]))
        self.head = nn.Sequential(nn.Linear(2 * sum(widths[1:]) + 6, 192), nn.LeakyReLU(.2), nn.Linear(192, 2 * LATENT))

    def forward(self, x):
        """Mean and log variance [B,32] of z."""
        found = [x.float()]
        for conv in self.convs:
            x = F.leaky_relu(conv(wrap(x, 1)), .2)
            found.append(x.float())
        stats = torch.cat([torch.cat([f.mean((2, 3)), f.std((2, 3))], 1) for f in found], 1)
        mean, log_variance = self.head(stats).chunk(2, 1)
        return mean, log_variance.clamp(-10, 4)


def draw_noise(n, height, width, generator=None):
    """Standard normal noise for each stride."""
    return [torch.randn(n, c, height // s, width // s, generator=generator) for c, s in zip(NOISE, STRIDES)]
