"""The upscaling network and the discriminator of the sharpened variant.

A plain residual trunk at the input's size with pixel-shuffle at the end (Shi et al. 2016, "ESPCN"; trunk as in
EDSR, Lim et al. 2017, without normalisation), plus a linear skip which starts as bicubic interpolation. No layer
looks at statistics of the picture, so the result at a pixel depends on RADIUS input pixels around it and nothing
else: tiles that overlap by RADIUS are exact.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import spectral_norm

CHANNELS, BLOCKS = 48, 6
# One pixel for each 3x3 convolution.
RADIUS = 2 * BLOCKS + 2


def cubic(t):
    """Catmull-Rom kernel (Keys, a = -0.5)."""
    t = abs(t)
    if t < 1:
        return 1.5 * t ** 3 - 2.5 * t ** 2 + 1
    return -.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 if t < 2 else 0.0


def bicubic_kernels(scale):
    """[3*scale^2, 3, 5, 5]: convolving and pixel-shuffling with these is bicubic interpolation."""
    w = torch.zeros(3, scale, scale, 3, 5, 5)
    taps = [[cubic(t - ((i + .5) / scale - .5)) for t in range(-2, 3)] for i in range(scale)]
    for i in range(scale):
        for j in range(scale):
            k = torch.tensor(taps[i])[:, None] * torch.tensor(taps[j])[None]
            for c in range(3):
                w[c, i, j, c] = k
    return w.view(3 * scale * scale, 3, 5, 5)


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a, self.b = nn.Conv2d(c, c, 3, padding=1), nn.Conv2d(c, c, 3, padding=1)
        nn.init.kaiming_normal_(self.a.weight)
        nn.init.kaiming_normal_(self.b.weight)
        self.b.weight.data *= .1
        nn.init.zeros_(self.a.bias)
        nn.init.zeros_(self.b.bias)

    def forward(self, x):
        return x + self.b(F.relu(self.a(x)))


class Upscaler(nn.Module):
    """[N,3,H,W] 0..1 -> [N,3,H*scale,W*scale], about 0..1 (not clipped)."""

    def __init__(self, scale, channels=CHANNELS, blocks=BLOCKS):
        super().__init__()
        self.scale = scale
        self.head = nn.Conv2d(3, channels, 3, padding=1)
        self.trunk = nn.Sequential(*[Block(channels) for _ in range(blocks)])
        self.tail = nn.Conv2d(channels, 3 * scale * scale, 3, padding=1)
        self.tail.weight.data *= .1
        nn.init.zeros_(self.tail.bias)
        self.skip = nn.Conv2d(3, 3 * scale * scale, 5, bias=False)
        self.skip.weight.data = bicubic_kernels(scale)

    def residual(self, x):
        return self.tail(self.trunk(self.head(x - .5)))

    def base(self, x):
        return self.skip(F.pad(x, (2, 2, 2, 2), mode="replicate"))

    def forward(self, x):
        return F.pixel_shuffle(self.residual(x) + self.base(x), self.scale)


class Discriminator(nn.Module):
    """Patch discriminator with spectral normalisation; gives scores and its features.

    Sees the picture and, amplified, what it holds beyond linear interpolation of the small one: that is where real and
    made pictures differ.
    """

    def __init__(self, c=40):
        super().__init__()
        plan = [(6, c, 4, 2), (c, 2 * c, 4, 2), (2 * c, 2 * c, 3, 1), (2 * c, 3 * c, 4, 2)]
        self.layers = nn.ModuleList([spectral_norm(nn.Conv2d(i, o, k, s, 1)) for i, o, k, s in plan])
        self.score = nn.Conv2d(3 * c, 1, 3, padding=1)

    def forward(self, x, base):
        x = torch.cat([x * 2 - 1, (x - base) * 6], 1).contiguous(memory_format=torch.channels_last)
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), .2)
            features.append(x)
        return self.score(x), features
