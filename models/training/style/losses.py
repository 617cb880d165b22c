"""Losses of Kiln Style; none needs a pretrained network."""
import torch
import torch.nn.functional as F

import model

LUMA = torch.tensor([.299, .587, .114]).view(1, 3, 1, 1)
SOBEL = torch.tensor([[-1., 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
SOBEL = torch.stack([SOBEL, SOBEL.T])[:, None]


def blur(x):
    """Binomial blur, reflected edges."""
    k = torch.tensor([1., 4, 6, 4, 1]) / 16
    k = (k[:, None] * k)[None, None].repeat(x.shape[1], 1, 1, 1)
    return F.conv2d(F.pad(x, (2, 2, 2, 2), mode="reflect"), k, groups=x.shape[1])


def pyramid(x, levels):
    out = [x]
    for _ in range(levels - 1):
        out.append(blur(out[-1])[..., ::2, ::2])
    return out


def sliced(a, b, g, filters=48, levels=3, size=7, places=1536):
    """Sliced Wasserstein distance between patches of two pictures at several scales (Elnekave and Weiss,
    "Generating natural images with direct patch distributions matching", 2022). Fresh projections and places each call."""
    total = 0
    for pa, pb in zip(pyramid(a, levels), pyramid(b, levels)):
        k = torch.randn(filters, 3, size, size, generator=g)
        # Most projections look at texture only; every fourth keeps the mean, which is colour.
        k[torch.arange(filters) % 4 != 0] -= k[torch.arange(filters) % 4 != 0].mean((2, 3), keepdim=True)
        k = k / k.flatten(1).norm(dim=1)[:, None, None, None]
        x, y = F.conv2d(pa, k).flatten(2), F.conv2d(pb, k).flatten(2)
        if x.shape[2] > places:  # sorting is what costs
            at = torch.randperm(x.shape[2], generator=g)[:places]
            x, y = x[:, :, at], y[:, :, at]
        x, y = x.sort(2)[0], y.sort(2)[0]
        total = total + (x - y).abs().mean()
    return total / levels


def gradients(x, scale):
    y = (x * LUMA).sum(1, keepdim=True)
    for _ in range(scale):
        y = blur(y)
    return F.conv2d(y, SOBEL)


def edges(a, b, scale=1):
    """1 - correlation of the gradients' strengths and directions, averaged."""
    ga, gb = gradients(a, scale), gradients(b, scale)
    d = (ga * gb).flatten(1).sum(1) / (ga.flatten(1).norm(dim=1) * gb.flatten(1).norm(dim=1) + 1e-4)
    ma, mb = ((g * g).sum(1).add(1e-6).sqrt().flatten(1) for g in (ga, gb))
    ma, mb = ma - ma.mean(1, keepdim=True), mb - mb.mean(1, keepdim=True)
    m = (ma * mb).sum(1) / (ma.norm(dim=1) * mb.norm(dim=1) + 1e-4)
    return 1 - (d + m) / 2


def statistics(fo, fs):
    """Distance of feature means and deviations, in units of the style's deviations (AdaIN's style loss)."""
    mo, so = model.moments(fo)
    ms, ss = model.moments(fs)
    return (((mo - ms) / ss) ** 2).clamp(max=9).mean() + ((so / ss - 1) ** 2).clamp(max=9).mean()


def structure(fo, fc):
    """Distance of normalised coarse features."""
    def normal(f):
        f = f[:, model.CHANNELS // 2:]
        m, s = model.moments(f)
        return (f - m) / s
    return ((normal(fo) - normal(fc)) ** 2).mean((1, 2, 3))


def grid(x, period=4, cells=8):
    """Strength of patterns that repeat with the decoder's period: differences between phases, averaged over neighbouring cells."""
    fine = (x - blur(x)).unfold(2, period, period).unfold(3, period, period)
    n, c, h, w = fine.shape[:4]
    phases = fine.reshape(n, c, h, w, period * period).permute(0, 1, 4, 2, 3).reshape(n, -1, h, w)
    return F.avg_pool2d(phases, cells, cells // 2).abs().mean()
