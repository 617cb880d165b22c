"""A small image-text encoder that judges pictures: how near a picture is to each of many captions. It shares nothing with the
diffusion model but the tokenizer, and has seen training captions alone."""
import math

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, TEXT = 128, 96


class Block(nn.Module):
    """Halves the sides, then a residual pair of convolutions."""

    def __init__(self, before, after):
        super().__init__()
        self.down = nn.Conv2d(before, after, 3, stride=2, padding=1)
        self.norm1, self.conv1 = nn.GroupNorm(8, after), nn.Conv2d(after, after, 3, padding=1)
        self.norm2, self.conv2 = nn.GroupNorm(8, after), nn.Conv2d(after, after, 3, padding=1)

    def forward(self, x):
        x = self.down(x)
        return x + self.conv2(F.silu(self.norm2(self.conv1(F.silu(self.norm1(x))))))


class ImageEncoder(nn.Module):
    """`pixels` [b,3,64,64] in -1..1 to unit vectors [b,WIDTH]."""

    def __init__(self):
        super().__init__()
        self.enter = nn.Conv2d(12, 32, 3, padding=1)
        self.blocks = nn.Sequential(Block(32, 64), Block(64, 96), Block(96, 128))
        self.out = nn.Linear(2 * 128, WIDTH)

    def forward(self, pixels):
        x = self.blocks(F.silu(self.enter(F.pixel_unshuffle(pixels, 2))))
        return F.normalize(self.out(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)), dim=-1)


class TextEncoder(nn.Module):
    """`input_ids` [b,n] (padded with EOS) to unit vectors [b,WIDTH]: words mixed with their neighbours, then averaged."""

    def __init__(self, vocabulary):
        super().__init__()
        self.token = nn.Embedding(vocabulary, TEXT)
        self.position = nn.Parameter(torch.randn(32, TEXT) * .02)
        self.mix = nn.Conv1d(TEXT, 2 * TEXT, 5, padding=2)
        self.hidden, self.out = nn.Linear(3 * TEXT, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)
        self.scale = nn.Parameter(torch.tensor(math.log(14.0)))
        self.register_buffer("places", torch.arange(32), persistent=False)

    def forward(self, input_ids):
        n = input_ids.shape[1]
        alive = (self.places[:n][None] <= input_ids.argmax(-1, keepdim=True)).to(self.position.dtype)[..., None]
        x = (self.token(input_ids) + self.position[:n]) * alive
        x = torch.cat([x, F.silu(self.mix(x.transpose(1, 2)).transpose(1, 2)) * alive], -1)
        return F.normalize(self.out(F.silu(self.hidden(x.sum(1) / alive.sum(1)))), dim=-1)


def contrastive(images, texts, scale):
    """Symmetric InfoNCE (CLIP)."""
    scores = images @ texts.t() * scale.exp().clamp(max=100)
    target = torch.arange(len(scores), device=scores.device)
    return (F.cross_entropy(scores, target) + F.cross_entropy(scores.t(), target)) / 2
