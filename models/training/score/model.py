"""Transformers over symbolic music: causal with a cache, and bidirectional. Rotary positions (arXiv:2104.09864)."""
import math

import torch
from torch import nn
from torch.nn import functional as F


def rotary(positions, width):
    """cos and sin, [batch, steps, width / 2], of integer positions [batch, steps]."""
    rates = torch.exp(-math.log(10000.0) * torch.arange(0, width, 2, dtype=torch.float32) / width)
    angles = positions.unsqueeze(-1).float() * rates
    return angles.cos(), angles.sin()


def turned(x, cos, sin):
    """x [batch, heads, steps, width] turned by its positions."""
    a, b = x.chunk(2, -1)
    cos, sin = cos.unsqueeze(1), sin.unsqueeze(1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


class Block(nn.Module):
    """Pre-norm attention and feed-forward layer; keys and values of earlier steps can be given and are given back."""

    def __init__(self, width, heads, dropout):
        super().__init__()
        self.heads, self.width = heads, width
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, cos, sin, mask=None, past=None):
        batch, steps, _ = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(batch, -1, 3, self.heads, self.width // self.heads).permute(2, 0, 3, 1, 4)
        q, k = turned(q, cos, sin), turned(k, cos, sin)
        if past is not None:
            k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
        scores = q @ k.transpose(-1, -2) / math.sqrt(self.width // self.heads)
        if mask is not None:
            scores = scores + mask
        heard = scores.softmax(-1) @ v
        x = x + self.dropout(self.out(heard.transpose(1, 2).reshape(batch, -1, self.width)))
        return x + self.dropout(self.down(F.gelu(self.up(self.norm2(x))))), torch.stack([k, v])


def causal_mask(steps):
    return torch.full((steps, steps), float("-inf")).triu(1)


class Causal(nn.Module):
    """Next-token model. Every input token comes with its attributes: `attributes` lists how many values each can have
    (a voice, a place in the bar, a key ...), which are embedded and added."""

    def __init__(self, tokens, attributes, width=192, layers=6, heads=6, dropout=0.1):
        super().__init__()
        self.tokens, self.heads, self.width, self.layers = tokens, heads, width, layers
        self.token = nn.Embedding(tokens + 1, width)  # the last one starts a piece
        self.attribute = nn.ModuleList(nn.Embedding(n, width) for n in attributes)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, tokens)
        self.dropout = nn.Dropout(dropout)
        for m in self.modules():
            if isinstance(m, (nn.Linear, nn.Embedding)):
                nn.init.normal_(m.weight, 0, .02)

    def embedded(self, tokens, attributes):
        x = self.token(tokens)
        for i, table in enumerate(self.attribute):
            x = x + table(attributes[..., i])
        return self.dropout(x)

    def forward(self, tokens, attributes, positions):
        """tokens, positions [batch, steps]; attributes [batch, steps, n]; gives logits [batch, steps, tokens]."""
        cos, sin = rotary(positions, self.width // self.heads)
        x, mask = self.embedded(tokens, attributes), causal_mask(tokens.shape[1])
        for block in self.blocks:
            x, _ = block(x, cos, sin, mask)
        return self.head(self.norm(x))


class Cached(nn.Module):
    """For export: one or more steps after those in `past` [layers, 2, batch, heads, earlier, width]; gives the logits of the
    last step and the cache with the new steps."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, tokens, attributes, positions, past):
        net = self.net
        cos, sin = rotary(positions, net.width // net.heads)
        x, present = net.embedded(tokens, attributes), []
        steps, earlier = tokens.shape[1], past.shape[4]
        # Query i may look at the earlier ones and at new ones up to itself.
        mask = torch.zeros(steps, steps + earlier).masked_fill(
            torch.arange(steps + earlier).unsqueeze(0) > torch.arange(steps).unsqueeze(1) + earlier, float("-inf"))
        for i, block in enumerate(net.blocks):
            x, kept = block(x, cos, sin, mask, past[i])
            present.append(kept)
        return net.head(net.norm(x[:, -1])), torch.stack(present)


class Masked(nn.Module):
    """Fills hidden places of a grid from everything around them (the job of Coconet, arXiv:1903.07227, by attention)."""

    def __init__(self, tokens, attributes, width=192, layers=6, heads=6, dropout=0.1):
        super().__init__()
        self.tokens, self.heads, self.width = tokens, heads, width
        self.token = nn.Embedding(tokens + 1, width)  # the last one is a hidden place
        self.attribute = nn.ModuleList(nn.Embedding(n, width) for n in attributes)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, tokens)
        for m in self.modules():
            if isinstance(m, (nn.Linear, nn.Embedding)):
                nn.init.normal_(m.weight, 0, .02)

    def forward(self, tokens, attributes, positions):
        """tokens, positions [batch, places]; attributes [batch, places, n]; gives logits [batch, places, tokens]."""
        cos, sin = rotary(positions, self.width // self.heads)
        x = self.token(tokens)
        for i, table in enumerate(self.attribute):
            x = x + table(attributes[..., i])
        for block in self.blocks:
            x, _ = block(x, cos, sin)
        return self.head(self.norm(x))
