"""Kiln Style: encoder, feature transfer and decoder.

The encoder gives one map at a quarter of the size, half of it fine (receptive field about 20 px),
half coarse (about 90 px). Two transfers, both without learned weights, both steered by the style:
the optimal linear map between the two pictures' Gaussian statistics (whitening and colouring, Li
et al., "Universal Style Transfer via Feature Transforms", 2017; in its Monge form, Lu et al., 2019),
and attention to the style's own patches in normalised features (style-swap, Chen and Schmidt 2016;
style decorator, Sheng et al., "Avatar-Net", 2018), with a softmax in place of the arg max so that
results are continuous in their inputs. Neither puts strokes where the content is flat, so the fine
part of the mixture is exchanged for blocks of the style's own fine features, chosen by likeness
(image quilting, Efros and Freeman 2001, in feature space) and blended so that their variance is
kept (Heitz and Neyret, "High-performance by-example noise using a histogram-preserving blending
operator", 2018). The decoder learns to paint the result.

Images are NCHW float32 RGB 0..1 with sides a multiple of 16; features [N,128,H/4,W/4].
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

CHANNELS, KEYS, SHARPNESS = 128, 64, 40.0
BLOCK, HOP, COARSE = 12, 6, 9  # in features: a block of strokes, the grid it is laid on, what counts as coarse


def conv(i, o, k=3, stride=1):
    return nn.Conv2d(i, o, k, stride, 1 if k > 1 else 0)


def act(x):
    return F.leaky_relu(x, 0.1)


def up2(x):
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class Encoder(nn.Module):
    """[N,3,H,W] 0..1 -> [N,128,H/4,W/4]."""

    def __init__(self):
        super().__init__()
        self.stem, self.second = conv(3, 32, 4, 2), conv(32, 48)
        self.down4, self.quarter = conv(48, 96, 3, 2), conv(96, 96)
        self.down8, self.eighth = conv(96, 128, 3, 2), conv(128, 128)
        self.down16, self.sixteenth = conv(128, 128, 3, 2), conv(128, 128)
        self.fine, self.coarse = conv(96, CHANNELS // 2, 1), conv(128, CHANNELS // 2, 1)

    def forward(self, x):
        x = act(self.second(act(self.stem(x * 2 - 1))))
        q = act(self.quarter(act(self.down4(x))))
        e = act(self.eighth(act(self.down8(q))))
        s = act(self.sixteenth(act(self.down16(e))))
        return torch.cat([self.fine(q), up2(self.coarse(e + up2(s)))], 1)


class Decoder(nn.Module):
    """[N,128,H/4,W/4] -> [N,3,H,W], about 0..1 (not clamped)."""

    def __init__(self):
        super().__init__()
        self.first, self.a, self.b = conv(CHANNELS, 128), conv(128, 128), conv(128, 128)
        self.up, self.second, self.out = conv(128, 192), conv(48, 48), conv(48, 12)
        with torch.no_grad():  # neighbours start equal: no chequerboard (ICNR, Aitken et al. 2017)
            for c in (self.up, self.out):
                c.weight.copy_(c.weight[::4].repeat_interleave(4, 0))
                c.bias.zero_()

    def forward(self, f):
        x = act(self.first(f))
        x = x + self.b(act(self.a(x)))
        x = act(F.pixel_shuffle(self.up(act(x)), 2))
        return F.pixel_shuffle(self.out(act(self.second(x))), 2) * 0.5 + 0.5


def moments(f):
    """Mean [N,C,1,1] and standard deviation over places."""
    m = f.mean((2, 3), keepdim=True)
    return m, ((f - m) ** 2).mean((2, 3), keepdim=True).add(1e-5).sqrt()


def root(a, inverse=False):
    """Symmetric square root of [N,C,C], or its inverse."""
    w, v = torch.linalg.eigh(a)
    w = w.clamp_min(1e-6).sqrt()
    return (v * (1 / w if inverse else w)[:, None]) @ v.transpose(1, 2)


def covariance(f, ridge=1e-3):
    """Mean [N,C,1] and covariance [N,C,C] with a ridge relative to its trace."""
    x = f.flatten(2)
    m = x.mean(2, keepdim=True)
    x = x - m
    c = x @ x.transpose(1, 2) / x.shape[2]
    scale = c.diagonal(dim1=1, dim2=2).mean(1)[:, None, None]
    return m, c + (ridge * scale + 1e-6) * torch.eye(x.shape[1])


def recolour_features(fc, fs):
    """Optimal linear map: content features with the style's mean and covariance."""
    mc, c = covariance(fc)
    ms, s = covariance(fs)
    cr, ci = root(c), root(c, True)
    t = ci @ root(cr @ s @ cr) @ ci
    return (t @ (fc.flatten(2) - mc) + ms).reshape(fc.shape)


class Keys(nn.Module):
    """Principal components of normalised 3x3 feature patches, of unit length. [N,64,h,w]."""

    def __init__(self):
        super().__init__()
        self.register_buffer("basis", torch.zeros(KEYS, CHANNELS, 3, 3))

    def forward(self, f, mean, std):
        k = F.conv2d((f - mean) / std, self.basis, padding=1)
        return k / ((k * k).sum(1, keepdim=True) + 1e-4).sqrt()

    @torch.no_grad()
    def fit(self, features):
        """features: list of [N,128,h,w]."""
        total = 0
        for f in features:
            m, s = moments(f)
            p = F.unfold((f - m) / s, 3)
            total = total + (p @ p.transpose(1, 2) / p.shape[2]).sum(0)
        _, v = torch.linalg.eigh(total)
        self.basis.copy_(v[:, -KEYS:].T.reshape(KEYS, CHANNELS, 3, 3))


def attend(qc, ks, fs, sharpness=SHARPNESS):
    """For each place of the content, the style's features at the most similar places."""
    n, _, h, w = qc.shape
    logits = qc.flatten(2).transpose(1, 2) @ ks.flatten(2) * sharpness
    return (fs.flatten(2) @ logits.softmax(2).transpose(1, 2)).reshape(n, -1, h, w)


def around(f, side):
    """Local mean over side x side places, fewer at the borders; two passes, because they are cheaper than one."""
    f = F.avg_pool2d(f, (side, 1), 1, (side // 2, 0), count_include_pad=False)
    return F.avg_pool2d(f, (1, side), 1, (0, side // 2), count_include_pad=False)


def coarse(f):
    """The coarse part of features; the rest of f is its fine part."""
    return around(f, COARSE)


def strokes(fc, fs, g):
    """Fine style features laid over the content: for each block one of the most similar of the style."""
    n, c, h, w = fc.shape
    (mc, sc), (ms, ss) = moments(fc), moments(fs)
    wanted = F.avg_pool2d(F.pad((fc - mc) / sc, (HOP, 2 * HOP, HOP, 2 * HOP), mode="reflect"), BLOCK, HOP)
    there = F.avg_pool2d((fs - ms) / ss, BLOCK, 2)
    gh, gw = wanted.shape[2:]
    distance = torch.cdist(wanted.flatten(2).transpose(1, 2), there.flatten(2).transpose(1, 2))
    best = distance.topk(4, dim=2, largest=False)[1]
    pick = best.gather(2, torch.randint(0, 4, (n, gh * gw, 1), generator=g)).transpose(1, 2)
    blocks = F.unfold(fs - coarse(fs), BLOCK, stride=2)
    t = (torch.arange(BLOCK) + .5) / BLOCK * torch.pi
    window = (t.sin()[:, None] * t.sin()[None] + 1e-3).flatten()
    laid = blocks.gather(2, pick.expand(-1, blocks.shape[1], -1)) * window.repeat(c)[None, :, None]
    size = (HOP * (gh - 1) + BLOCK, HOP * (gw - 1) + BLOCK)
    weight = F.fold((window ** 2)[None, :, None].expand(1, -1, gh * gw), size, BLOCK, stride=HOP)
    made = F.fold(laid, size, BLOCK, stride=HOP) / weight.sqrt()
    return made[:, :, HOP:HOP + h, HOP:HOP + w]


def with_strokes(base, laid, brushwork):
    """base with its fine part exchanged for `laid`, by brushwork 0..1; less where the content's own detail is the
    stronger of the two, which is where its edges are."""
    fine = base - coarse(base)
    there = around((laid * laid).mean(1, keepdim=True), COARSE)
    own = around((fine * fine).mean(1, keepdim=True), 3)
    gate = (2 * there / (there + own + 1e-4)).clamp(max=1)
    return base + brushwork * gate * (laid - fine)


class Classifier(nn.Module):
    """Which painting (or photo, procedural, pixel art) a picture's feature statistics come from; training only."""

    def __init__(self, classes):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2 * CHANNELS, 64), nn.ReLU(), nn.Linear(64, classes))

    def forward(self, f):
        m, s = moments(f)
        return self.net(torch.cat([m, s], 1).flatten(1))
