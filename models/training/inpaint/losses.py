"""Losses. All images [N,3,H,W] float32; mask [N,1,H,W], 1 = hole."""
import torch
import torch.nn.functional as F


def hole_mean(x, mask):
    """Mean of x [N,C,H,W] over hole pixels, each image weighted equally."""
    w = mask.sum((1, 2, 3)) + 1e-3
    return ((x * mask).mean(1).sum((1, 2)) / w.view(-1)).mean()


def pixel(fill, real, mask):
    """Charbonnier in the hole plus L1 of 2x, 4x, 8x averaged differences."""
    d = (fill - real) * mask
    loss = hole_mean((d * d + 1e-5).sqrt(), mask)
    for weight in (.6, .5, .4):
        d, m = F.avg_pool2d(d, 2), F.avg_pool2d(mask, 2)
        mask = m
        loss = loss + weight * d.abs().mean(1).sum((1, 2)).div(m.sum((1, 2, 3)) + 1e-3).mean()
    return loss


def ssim(fill, real, mask):
    """1 - SSIM of the luma composite (7x7 box), averaged over the hole."""
    lum = lambda x: (x * x.new_tensor([.299, .587, .114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
    comp = lum(fill) * mask + lum(real) * (1 - mask)
    real = lum(real)
    p = F.avg_pool2d(torch.cat([comp, real, comp * comp, real * real, comp * real], 1), 7, 1, 3,
                     count_include_pad=False)
    a, b, aa, bb, ab = p.chunk(5, 1)
    s = ((2 * a * b + 1e-4) * (2 * (ab - a * b) + 9e-4)) / ((a * a + b * b + 1e-4) * (aa - a * a + bb - b * b + 9e-4))
    return hole_mean(1 - s, mask)


def energy(fill, real, mask):
    """Local texture energy: L1 between the local standard deviations of three band-pass
    layers of fill and real (phase-free, so it asks for texture and not for a copy)."""
    loss = 0.0
    both = torch.cat([fill * mask + real * (1 - mask), real], 0)
    for weight in (1.0, .8, .6):
        low = F.avg_pool2d(both, 3, 1, 1, count_include_pad=False)
        e = (F.avg_pool2d((both - low) ** 2, 12, 4) + 1e-5).sqrt()
        a, b = e.chunk(2, 0)
        w = F.avg_pool2d(mask, 12, 4)
        loss = loss + weight * hole_mean((a - b).abs(), w)
        both, mask = F.avg_pool2d(low, 2), F.avg_pool2d(mask, 2)
    return loss


def hinge_d(real_score, fake_score, hole):
    """Hinge loss of the discriminator; fake only where the patch holds hole pixels."""
    w = hole / (hole.sum() + 1e-3)
    return (F.relu(1 - real_score) * w).sum() + (F.relu(1 + fake_score) * w).sum()


def hinge_g(fake_score, hole):
    """Generator side of the hinge loss."""
    return -(fake_score * hole).sum() / (hole.sum() + 1e-3)


def matching(fake_feats, real_feats, mask):
    """Feature matching over discriminator layers, weighted to the hole."""
    loss = 0.0
    for a, b in zip(fake_feats, real_feats):
        m = F.interpolate(mask, size=a.shape[2:], mode="nearest")
        loss = loss + hole_mean((a - b.detach()).abs().float(), m)
    return loss / len(fake_feats)


def blur_matrix(n, like):
    """[n,n] matrix of the 11-tap Gaussian (sigma 1.5) of SSIM along one axis; edges are reflected."""
    t = torch.arange(-5, 6)
    k = torch.exp(-t.float() ** 2 / 4.5)
    at = torch.arange(n)[:, None] + t[None]
    at = torch.where(at < 0, -at, torch.where(at >= n, 2 * n - 2 - at, at))
    return torch.zeros(n, n).scatter_add_(1, at, (k / k.sum()).expand(n, 11)).to(like)


def gaussian_blur(x):
    """SSIM's window as two matrix products: on a CPU several times as fast as a convolution of single planes."""
    return blur_matrix(x.shape[2], x) @ x.contiguous() @ blur_matrix(x.shape[3], x).T


def ssim_colour(fill, real, mask):
    """1 - SSIM as evaluate.py measures it: each colour, Gaussian window, map averaged over the hole (Wang et al., 2004)."""
    comp = fill.clamp(-.05, 1.05) * mask + real * (1 - mask)
    a, b, aa, bb, ab = gaussian_blur(torch.cat([comp, real, comp * comp, real * real, comp * real], 1)).chunk(5, 1)
    s = ((2 * a * b + 1e-4) * (2 * (ab - a * b) + 9e-4)) / ((a * a + b * b + 1e-4) * (aa - a * a + bb - b * b + 9e-4))
    return hole_mean(1 - s, mask)


def log_mse(fill, real, mask):
    """Mean over images of ln(MSE in the hole): the gradient of a mean of PSNRs. One dB is 0.23."""
    d = ((fill - real) ** 2 * mask).mean(1).sum((1, 2)) / (mask.sum((1, 2, 3)) + 1e-3)
    return torch.log(d + 1e-4).mean()
