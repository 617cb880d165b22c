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
