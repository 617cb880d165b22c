"""Distances between textures: pixel by pixel where the noise is known (`gradients`), and by statistics where it is not.

Two samples of one texture share no pixel, so for photographs the observation model is on statistics that do not depend
on place.

Patch distributions at four scales: random 7x7 projections (white and Gabor), whose distributions are compared as the
sliced Wasserstein distance does (Heitz et al., CVPR 2021), through the mean excess E max(u - t, 0) at several
thresholds t, which determines a distribution and needs no sort; and the correlations of those features, as in
Portilla and Simoncelli (2000) and in textures from shallow random filters (Ustyuzhaninov et al., ICLR 2017).
"""
import math

import torch
from torch.nn import functional as F

LEVELS = 4
FILTERS = 36
GRAM = 24  # how many of them are correlated with each other
K = 7


def filters(generator, channels=4):
    """[FILTERS,channels,7,7]: a third white, the rest Gabor of random scale, direction, phase and colour; zero mean but for four."""
    white = FILTERS // 3
    y, x = torch.meshgrid(torch.arange(K).float() - K // 2, torch.arange(K).float() - K // 2, indexing="ij")
    r = torch.rand(5, FILTERS - white, generator=generator)
    angle, period = r[0] * math.pi, 2.2 * (9 / 2.2) ** r[1]
    u = x * torch.cos(angle)[:, None, None] + y * torch.sin(angle)[:, None, None]
    sigma = (.28 * period + .5)[:, None, None]
    wave = torch.cos(2 * math.pi * (u / period[:, None, None] + r[2][:, None, None])) * torch.exp(-(x * x + y * y) / (2 * sigma ** 2))
    wave = wave - wave.mean((1, 2), keepdim=True)
    colour = torch.randn(FILTERS - white, channels, generator=generator) * .6 + torch.randn(FILTERS - white, 1, generator=generator)
    bank = torch.cat([torch.randn(white, channels, K, K, generator=generator), wave[:, None] * colour[:, :, None, None]])
    mean = bank.mean((2, 3), keepdim=True)
    bank = bank - mean
    bank[:6] = 0  # plain colours: a projection of the pixel alone
    bank[:6, :, K // 2, K // 2] = torch.randn(6, channels, generator=generator)
    return bank / bank.flatten(1).norm(dim=1)[:, None, None, None]


def pyramid(x):
    out = [x]
    for _ in range(LEVELS - 1):
        out.append(F.avg_pool2d(out[-1], 2))
    return out


def level_distance(fake, real, bank, thresholds, stride):
    """Distance of one scale, [B]."""
    with torch.no_grad():
        p = F.conv2d(real, bank, stride=stride).float().flatten(2)
        mean, std = p.mean(-1, keepdim=True), p.std(-1, keepdim=True) + .01
        u = ((p - mean) / std).clamp(-5, 5)
        marginal_real = [F.relu(u - t).mean(-1) for t in thresholds]
        both = torch.cat([u[:, :GRAM].clamp(-2.5, 2.5), F.relu(u[:, :GRAM]) - .4], 1)
        gram_real = both @ both.transpose(1, 2) / u.shape[-1]
    v = ((F.conv2d(fake, bank, stride=stride).float().flatten(2) - mean) / std)
    v = torch.where(v.abs() > 5, v * .2 + 4 * v.sign(), v)
    marginal = sum((F.relu(v - t).mean(-1) - m).abs().mean(1) for t, m in zip(thresholds, marginal_real)) / len(thresholds)
    both = torch.cat([v[:, :GRAM].clamp(-2.5, 2.5), F.relu(v[:, :GRAM]) - .4], 1)
    gram = (both @ both.transpose(1, 2) / v.shape[-1] - gram_real).abs().mean((1, 2))
    return marginal + .5 * gram


def statistics(fake, real, generator):
    """Mean distance over four scales, [B]; fake and real float [B,4,S,S]."""
    thresholds = torch.linspace(-2, 2, 7) + .5 * torch.rand(1, generator=generator).item()
    total = 0
    for level, (f, r) in enumerate(zip(pyramid(fake), pyramid(real))):
        bank = filters(generator)
        stride = 2 if level == 0 else 1
        y, x = (int(v) for v in torch.randint(0, stride, (2,), generator=generator))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            total = total + level_distance(f[..., y:, x:], r[..., y:, x:], bank, thresholds, stride)
    return total / LEVELS


def spectrum(fake, real):
    """Difference of log power in direction and frequency, smoothed so that it compares textures and not samples; [B]."""
    def power(x):
        y = x.float().mean(1)
        y = y - y.mean((1, 2), keepdim=True)
        p = torch.view_as_real(torch.fft.rfft2(y)).pow(2).sum(-1) / y.shape[-1] ** 2
        return torch.log(F.avg_pool2d(F.pad(p[:, None], (1, 1, 1, 1), mode="replicate"), 3, 1)[:, 0] + 1e-3)
    return (power(fake[:, :3]) - power(real[:, :3])).abs().mean((1, 2))


def kl(mean, log_variance):
    """Of the posterior against the standard normal, nats, [B]."""
    return .5 * (mean ** 2 + log_variance.exp() - 1 - log_variance).sum(1)


def gradients(made, target):
    """L1 between gradients, and between their local energies (5 px means of magnitudes), which L1 alone lets blur away."""
    def differences(x):
        return torch.cat([x[..., 1:, :-1] - x[..., :-1, :-1], x[..., :-1, 1:] - x[..., :-1, :-1]], 1)
    a, b = differences(made), differences(target)
    return (a - b).abs().mean(), (F.avg_pool2d(a.abs(), 5, 3) - F.avg_pool2d(b.abs(), 5, 3)).abs().mean()
