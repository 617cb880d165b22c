"""Kiln Inpaint generator and discriminator.

Generator: an in-graph smooth pre-fill (push-pull pyramid, Gortler et al., "The Lumigraph",
1996), then a residual U-Net with dilated blocks (Yu and Koltun, 2016), a 1/16 branch for
large holes, and one attention layer at 1/8 that copies 1/2-resolution features from known
places into the hole (contextual attention, Yu et al., CVPR 2018; residual transfer as in
HiFill, Yi et al., CVPR 2020). No normalisation layers: the residual starts at zero, so
step 0 equals the pre-fill.

All images are NCHW float32, RGB 0..1; masks are [N,1,H,W], 1 = hole.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F


def up2(x):
    """Bilinear enlargement by two."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class PreFill(nn.Module):
    """Fill the hole smoothly. image [N,3,H,W], mask [N,1,H,W] -> [N,3,H,W]; known pixels kept.

    Push: averages of known pixels over 2x2 blocks, four levels. At 1/16 a fixed
    inverse-distance kernel (Shepard) spreads colour across any hole. Pull: bilinear,
    each level keeping its own colour as far as it has known pixels.
    """

    def __init__(self, radius=16):
        super().__init__()
        g = torch.arange(-radius, radius + 1).float()
        d2 = g[:, None] ** 2 + g[None] ** 2
        k = 1.0 / (d2 + 0.15) ** 1.75
        self.register_buffer("kernel", (k / k.sum())[None, None].repeat(4, 1, 1, 1), persistent=False)
        self.radius = radius

    def forward(self, image, mask):
        known = 1.0 - mask
        x = torch.cat([image * known, known], 1)
        levels = [x]
        for _ in range(4):
            x = F.avg_pool2d(x, 2)
            levels.append(x)
        total = x.mean((2, 3), keepdim=True) * 1e-4 + torch.tensor([5e-7, 5e-7, 5e-7, 1e-6]).view(1, 4, 1, 1)
        s = F.conv2d(x, self.kernel, padding=self.radius, groups=4) + total
        v = s[:, :3] / s[:, 3:]
        for x in reversed(levels):
            if x is not levels[-1]:
                v = up2(v)
            own = x[:, :3] / (x[:, 3:] + 1e-6)
            v = v + (own - v) * x[:, 3:]
        return v


def conv(i, o, k=3, s=1, d=1):
    return nn.Conv2d(i, o, k, s, padding=(k - 1) // 2 * d, dilation=d)


def act(x):
    return F.leaky_relu(x, 0.1)


class Block(nn.Module):
    """Residual pair of convolutions, the first dilated. [N,C,h,w] -> same."""

    def __init__(self, c, d=1):
        super().__init__()
        self.a, self.b = conv(c, c, 3, 1, d), conv(c, c)
        nn.init.normal_(self.b.weight, std=0.3 / (9 * c) ** 0.5)
        nn.init.zeros_(self.b.bias)

    def forward(self, x):
        return act(x + self.b(act(self.a(x))))


class CopyAttention(nn.Module):
    """Soft copy of features from known places.

    f [N,C,h,w] gives queries and keys at 1/8; vals [N,V,h,w] are what is copied;
    hole [N,1,h,w] is the share of hole pixels of each 1/8 cell. Keys that hold any hole
    are pushed down by a large bias. Returns [N,V,h,w].
    """

    def __init__(self, c, dim=48):
        super().__init__()
        self.q, self.k = nn.Conv2d(c, dim, 1), nn.Conv2d(c, dim, 1)
        self.scale = nn.Parameter(torch.tensor(2.3))

    @staticmethod
    def unit(x):
        x = x.flatten(2).float()
        return x / (x.pow(2).sum(1, keepdim=True) + 1e-6).sqrt()

    def forward(self, f, vals, hole):
        q, k = self.unit(self.q(f)), self.unit(self.k(f))
        score = torch.matmul(q.transpose(1, 2), k) * self.scale.exp() - hole.flatten(2).float() * 200.0
        w = torch.softmax(score, -1).to(vals.dtype)
        v = vals.flatten(2).transpose(1, 2)
        out = torch.matmul(w, v).transpose(1, 2)
        return out.reshape(vals.shape)


class Generator(nn.Module):
    """image [N,3,H,W], mask [N,1,H,W] -> raw fill [N,3,H,W] (not clamped, not composited).

    H and W are multiples of 16, from 64 up.
    """

    def __init__(self, c2=32, c4=64, c8=128, c16=128, copied=16):
        super().__init__()
        self.prefill = PreFill()
        self.e2 = conv(4, c2, 6, 2)
        self.e2b = conv(c2, c2)
        self.e4 = conv(c2, c4, 3, 2)
        self.e4b = Block(c4)
        self.e8 = conv(c4, c8, 3, 2)
        self.e8b = Block(c8, 2)
        self.e16 = conv(c8, c16, 3, 2)
        self.b16 = nn.ModuleList([Block(c16, d) for d in (1, 2, 4, 2, 1)])
        self.u16 = nn.Conv2d(c16, c8 * 4, 1)
        self.b8 = nn.ModuleList([Block(c8, d) for d in (1, 2, 4)])
        self.vals = nn.Conv2d(c2, copied * 16, 4, 4)
        self.attend = CopyAttention(c8)
        self.mix8 = nn.Conv2d(copied * 16, c8, 1)
        self.b8c = Block(c8)
        self.u8 = nn.Conv2d(c8, c4 * 4, 1)
        self.d4 = conv(c4 * 2, c4)
        self.d4b = Block(c4)
        self.u4 = nn.Conv2d(c4, c2 * 4, 1)
        self.d2 = conv(c2 * 2 + copied, c2 + 8)
        self.d2b = Block(c2 + 8)
        self.u2 = nn.Conv2d(c2 + 8, 16 * 4, 1)
        self.d1 = conv(16 + 4, 16)
        self.out = conv(16, 3)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def network(self, pre, mask):
        """pre [N,3,H,W] in 0..1, mask -> residual [N,3,H,W]."""
        x = torch.cat([pre * 2 - 1, mask], 1)
        f2 = act(self.e2b(act(self.e2(x))))
        f4 = self.e4b(act(self.e4(f2)))
        f8 = self.e8b(act(self.e8(f4)))
        f = act(self.e16(f8))
        for b in self.b16:
            f = b(f)
        f = act(f8 + F.pixel_shuffle(self.u16(f), 2))
        for b in self.b8:
            f = b(f)
        hole = F.avg_pool2d(mask, 8)
        copied = self.attend(f, self.vals(f2), hole)
        f = self.b8c(act(f + self.mix8(copied)))
        f = act(self.d4(torch.cat([F.pixel_shuffle(self.u8(f), 2), f4], 1)))
        f = self.d4b(f)
        f = act(self.d2(torch.cat([F.pixel_shuffle(self.u4(f), 2), f2, F.pixel_shuffle(copied, 4)], 1)))
        f = self.d2b(f)
        f = torch.cat([F.pixel_shuffle(self.u2(f), 2), x.to(f.dtype)], 1)
        return self.out(act(self.d1(f)))

    def forward(self, image, mask):
        pre = self.prefill(image, mask)
        return pre + self.network(pre, mask)


class Composite(nn.Module):
    """The exported graph: clamp the fill and put it only inside the hole."""

    def __init__(self, g):
        super().__init__()
        self.g = g

    def forward(self, image, mask):
        fill = self.g(image, mask).clamp(0.0, 1.0)
        return image * (1.0 - mask) + fill * mask


class Discriminator(nn.Module):
    """Patch discriminator with spectral normalisation (SN-PatchGAN, Yu et al., 2019).

    Input composite [N,3,H,W] in -1..1 and mask; returns scores [N,1,H/8,W/8] and the
    list of hidden features for feature matching.
    """

    def __init__(self, c=40):
        super().__init__()
        sn = nn.utils.spectral_norm
        self.layers = nn.ModuleList([
            sn(conv(4, c, 6, 2)), sn(conv(c, c * 2, 6, 2)), sn(conv(c * 2, c * 3, 6, 2)), sn(conv(c * 3, c * 3))])
        self.score = sn(nn.Conv2d(c * 3, 1, 1))

    def forward(self, x, mask):
        f = torch.cat([x, mask], 1)
        feats = []
        for layer in self.layers:
            f = F.leaky_relu(layer(f), 0.2)
            feats.append(f)
        return self.score(f).float(), feats
