"""The autoencoder: RGB [b,3,4h,4w] in -1..1 to and from latents [b,4,h,w].

There are no normalisation layers: a latent depends on its neighbourhood alone, so pictures of any size, and tiles of them,
come out as they would whole. The first and last steps fold 2 x 2 pixels into channels, which keeps the costly planes small.
"""
import torch
from torch import nn
from torch.nn import functional as F

CHANNELS, SCALE = 4, 4


class Residual(nn.Module):
    """x + f(x), which begins as the identity."""

    def __init__(self, width):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x):
        return x + self.second(F.silu(self.first(F.silu(x))))


class Encoder(nn.Module):
    """`sample` to `latent_parameters` [b,8,h,w]: means, then log-variances."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.PixelUnshuffle(2), nn.Conv2d(12, 48, 3, padding=1), Residual(48),
            nn.Conv2d(48, 128, 4, stride=2, padding=1), Residual(128), Residual(128), nn.SiLU(), nn.Conv2d(128, 2 * CHANNELS, 3, padding=1))

    def forward(self, sample):
        return self.body(sample)


class Decoder(nn.Module):
    """`latent_sample` to `sample`."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(CHANNELS, 128, 3, padding=1), Residual(128), Residual(128), Residual(128),
            nn.Conv2d(128, 64 * 4, 1), nn.PixelShuffle(2), Residual(64), Residual(64), nn.SiLU(),
            nn.Conv2d(64, 24 * 4, 3, padding=1), nn.PixelShuffle(2), nn.SiLU(), nn.Conv2d(24, 3, 3, padding=1))

    def forward(self, latent_sample):
        return self.body(latent_sample)


def posterior(parameters):
    """Mean and log-variance, the latter within bounds as in diffusers."""
    mean, log_variance = parameters.float().chunk(2, 1)
    return mean, log_variance.clamp(-30, 20)


def draw(parameters):
    """A latent of the posterior."""
    mean, log_variance = posterior(parameters)
    return mean + torch.randn_like(mean) * (.5 * log_variance).exp()


def kl(parameters):
    """Divergence from N(0,1), nats for each latent number."""
    mean, log_variance = posterior(parameters)
    return .5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()


def reconstruction(made, real):
    """Absolute error at three scales and of gradients, which keeps edges."""
    loss = (made - real).abs().mean()
    for axis in (2, 3):
        loss = loss + .5 * (made.diff(dim=axis) - real.diff(dim=axis)).abs().mean()
    for k in (2, 4):
        loss = loss + .5 * (F.avg_pool2d(made, k) - F.avg_pool2d(real, k)).abs().mean()
    return loss
