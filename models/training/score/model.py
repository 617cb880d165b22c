"""Networks of the score pack: event transformers with a cache, the masked transformer, and the two bar-level VAEs.

Rotary positions: arXiv:2104.09864. Gated feed-forward in the heads: arXiv:2002.05202.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F


def rotary(first, steps, width, device=None):
    """cos and sin, [steps, width / 2], of the positions first, first + 1 ..."""
    rates = torch.exp(-math.log(10000.0) * torch.arange(0, width, 2, dtype=torch.float32, device=device) / width)
    angles = (torch.arange(steps, device=device) + first).unsqueeze(-1).float() * rates
    return angles.cos(), angles.sin()


def turned(x, cos, sin):
    """x [batch, heads, steps, width] turned by its positions."""
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


def initialised(net):
    for m in net.modules():
        if isinstance(m, (nn.Linear, nn.Embedding)):
            nn.init.normal_(m.weight, 0, .02 if isinstance(m, nn.Embedding) else (2 / (m.in_features + m.out_features)) ** .5)
        if isinstance(m, nn.Linear) and m.bias is not None:
            nn.init.zeros_(m.bias)
    for m in net.modules():
        if isinstance(m, Block):
            for out in (m.out, m.down):
                out.weight.data *= .35
    return net


class Block(nn.Module):
    """Pre-norm attention and feed-forward layer; keys and values of earlier steps can be given and are given back."""

    def __init__(self, width, heads, dropout):
        super().__init__()
        self.heads, self.width, self.rate = heads, width, dropout
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def projected(self, x, cos, sin):
        batch, steps, _ = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(batch, steps, 3, self.heads, self.width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        return turned(q, cos, sin).to(v.dtype), turned(k, cos, sin).to(v.dtype), v

    def finished(self, x, heard):
        x = x + self.dropout(self.out(heard.transpose(1, 2).reshape(x.shape)))
        return x + self.dropout(self.down(F.gelu(self.up(self.norm2(x)))))

    def forward(self, x, cos, sin, causal):
        q, k, v = self.projected(x, cos, sin)
        return self.finished(x, F.scaled_dot_product_attention(q, k, v, is_causal=causal))

    def cached(self, x, cos, sin, mask, past):
        """past [2, batch, heads, earlier, head width]; gives x and the present, with the new steps at its end."""
        q, k, v = self.projected(x, cos, sin)
        k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
        heard = (q @ k.transpose(-1, -2) / math.sqrt(self.width // self.heads) + mask).softmax(-1) @ v
        return self.finished(x, heard), torch.stack([k, v])


def summed(tables, values):
    """Embeddings of the last axis of `values`, a table each, added."""
    return sum(table(values[..., i]) for i, table in enumerate(tables))


class Events(nn.Module):
    """Next-event model: an event is a tuple of `fields` (their sizes; size itself stands for 'none'), a position is an event.

    `conditions` are the sizes of the attributes of the event to be predicted; `latent` is the width of a vector that every
    position sees (0: none).
    """

    def __init__(self, fields, conditions, width=256, layers=4, heads=4, dropout=.1, blank=.0, latent=0):
        super().__init__()
        self.fields, self.conditions, self.latent = list(fields), list(conditions), latent
        self.width, self.layers, self.heads, self.blank = width, layers, heads, blank
        self.input = nn.ModuleList(nn.Embedding(n + 1, width) for n in fields)
        # What the previous event was reaches the head past the layers: notes are mostly repeated.
        self.previous = nn.ModuleList(nn.Embedding(n + 1, width) for n in fields)
        self.condition = nn.ModuleList(nn.Embedding(n, width) for n in conditions)
        self.from_latent = nn.Linear(latent, 2 * width) if latent else None
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.chosen = nn.ModuleList(nn.Embedding(n + 1, width) for n in fields)
        self.gate_norm = nn.LayerNorm(width)
        self.gate, self.mixed = nn.Linear(width, 4 * width), nn.Linear(2 * width, width)
        self.head_norm = nn.LayerNorm(width)
        self.head = nn.ModuleList(nn.Linear(width, n) for n in fields)
        self.dropout = nn.Dropout(dropout)
        initialised(self)
        for table in (*self.previous, *self.chosen):
            nn.init.normal_(table.weight, 0, .3)
        for out in self.head:
            nn.init.normal_(out.weight, 0, .03)

    def embedded(self, fields, conditions, latent):
        """(input of the layers, what goes past them), each [batch, steps, width]."""
        given = fields
        if self.training and self.blank:
            hidden = torch.rand(fields.shape, device=fields.device) < self.blank
            given = torch.where(hidden, torch.tensor(self.fields, device=fields.device), fields)
        told = summed(self.condition, conditions)
        x, past = summed(self.input, given) + told, summed(self.previous, fields if not self.latent else given)
        if self.from_latent is not None:
            first, second = self.from_latent(latent).unsqueeze(1).chunk(2, -1)
            x, past = x + first, past + second
        return self.dropout(x), past

    def hidden(self, fields, conditions, latent=None):
        x, past = self.embedded(fields, conditions, latent)
        cos, sin = rotary(0, x.shape[1], self.width // self.heads, x.device)
        for block in self.blocks:
            x = block(x, cos, sin, True)
        return self.norm(x) + past

    def decided(self, hidden, chosen):
        """The vector that a field is read from: `hidden` with the fields chosen so far."""
        x = hidden + chosen
        a, b = self.gate(self.gate_norm(x)).chunk(2, -1)
        return self.head_norm(x + self.dropout(self.mixed(a * F.gelu(b))))

    def losses(self, hidden, targets):
        """Nats of each field [.., F] given the event's earlier fields. targets [.., F]; -100 is not asked."""
        known = targets.clamp(min=0)
        none = torch.stack([t.weight[n] for t, n in zip(self.chosen, self.fields)])
        told = torch.stack([t(known[..., f]) for f, t in enumerate(self.chosen)], -2) - none
        if self.training and self.latent:
            told = told * (torch.rand(known.shape, device=known.device) >= self.blank).unsqueeze(-1)
        before = told.cumsum(-2) - told + none.sum(0)
        u = self.decided(hidden.unsqueeze(-2), before)
        return torch.stack([F.cross_entropy(out(u[..., f, :]).float().flatten(0, -2), targets[..., f].flatten(), ignore_index=-100,
                                            reduction="none").view(targets.shape[:-1]) for f, out in enumerate(self.head)], -1)

    def forward(self, fields, conditions, targets, latent=None):
        return self.losses(self.hidden(fields, conditions, latent), targets)


class Step(nn.Module):
    """For export: hidden vectors of one or more events after those in `past`, and the cache with them."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, fields, conditions, past, latent=None):
        net = self.net
        x, skipped = net.embedded(fields, conditions, latent)
        steps, earlier, present = fields.shape[1], past.shape[4], []
        cos, sin = rotary(earlier, steps, net.width // net.heads)
        # Event i may look at the earlier ones and at new ones up to itself.
        later = torch.arange(steps + earlier).unsqueeze(0) > (torch.arange(steps) + earlier).unsqueeze(1)
        mask = later.float() * -1e9
        for i, block in enumerate(net.blocks):
            x, kept = block.cached(x, cos, sin, mask, past[i])
            present.append(kept)
        return net.norm(x) + skipped, torch.stack(present)


class Head(nn.Module):
    """For export: logits of all fields, one after another, of which the one asked for counts."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, hidden, fields):
        u = self.net.decided(hidden, summed(self.net.chosen, fields))
        return torch.cat([out(u) for out in self.net.head], -1)


class Masked(nn.Module):
    """Hidden notes of a grid from everything around them (the job of Coconet, arXiv:1903.07227, by attention)."""

    def __init__(self, tokens, voices, conditions, width=256, layers=5, heads=4, dropout=.1):
        super().__init__()
        self.tokens, self.width, self.heads = tokens, width, heads
        self.input = nn.ModuleList(nn.Embedding(tokens + 1, width) for _ in range(voices))
        self.condition = nn.ModuleList(nn.Embedding(n, width) for n in conditions)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.ModuleList(nn.Linear(width, tokens) for _ in range(voices))
        self.dropout = nn.Dropout(dropout)
        initialised(self)

    def hidden(self, tokens, conditions):
        x = self.dropout(summed(self.input, tokens) + summed(self.condition, conditions))
        cos, sin = rotary(0, x.shape[1], self.width // self.heads, x.device)
        for block in self.blocks:
            x = block(x, cos, sin, False)
        return self.norm(x)

    def forward(self, tokens, conditions):
        """tokens [batch, steps, voices], `self.tokens` where hidden; gives logits [batch, steps, voices, tokens]."""
        x = self.hidden(tokens, conditions)
        return torch.stack([out(x) for out in self.head], -2)


class BarEncoder(nn.Module):
    """The posterior of a bar's latent: tokens [batch, 16, 4] to mean and deviation [batch, latent]."""

    def __init__(self, tokens, voices, latent, width=192, layers=3, heads=4, dropout=.1):
        super().__init__()
        self.width, self.heads = width, heads
        self.input = nn.ModuleList(nn.Embedding(tokens, width) for _ in range(voices))
        self.place = nn.Embedding(16, width)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(2 * width, 2 * latent)
        initialised(self)

    def forward(self, tokens):
        x = summed(self.input, tokens) + self.place.weight
        cos, sin = rotary(0, 16, self.width // self.heads, x.device)
        for block in self.blocks:
            x = block(x, cos, sin, False)
        x = self.norm(x)
        mean, log = self.out(torch.cat([x.mean(1), x[:, 0]], -1)).float().chunk(2, -1)
        return mean, (log.clamp(-12, 4) / 2).exp()


class BarVae(nn.Module):
    """Encoder and decoder of bars; the decoder is an event model whose event is a 16th step of all voices."""

    def __init__(self, tokens, voices, conditions, latent=64, width=160, layers=3, heads=4, dropout=.1, blank=.4):
        super().__init__()
        self.latent = latent
        self.encoder = BarEncoder(tokens, voices, latent, width, layers, heads, dropout)
        self.decoder = Events([tokens] * voices, conditions, width, layers, heads, dropout, blank, latent)

    def forward(self, tokens, before, conditions):
        """Nats of each token [batch, 16, voices] of a drawn latent, and each latent's divergence from the prior [batch, latent]."""
        mean, deviation = self.encoder(tokens)
        drawn = mean + deviation * torch.randn_like(deviation) if self.training else mean
        return self.decoder(before, conditions, tokens, drawn), divergence(mean, deviation)


def divergence(mean, deviation):
    """KL of a diagonal Gaussian from the standard one, of each dimension, in nats."""
    return (mean ** 2 + deviation ** 2 - 1) / 2 - deviation.log()


class DrumVae(nn.Module):
    """A bar of drums, [batch, 16, 9, 3] of hit, velocity and timing (GrooVAE's grid, arXiv:1905.06118), in `latent` numbers."""

    SHAPE = (16, 9, 3)

    def __init__(self, latent=24, width=384):
        super().__init__()
        inner = math.prod(self.SHAPE)
        self.latent = latent
        self.encoder = nn.Sequential(nn.Linear(inner, width), nn.GELU(), nn.Linear(width, width), nn.GELU(), nn.Linear(width, 2 * latent))
        self.decoder = nn.Sequential(nn.Linear(latent, width), nn.GELU(), nn.Linear(width, width), nn.GELU(), nn.Linear(width, inner))

    def encode(self, hits):
        mean, log = self.encoder(hits.flatten(1)).chunk(2, -1)
        return mean, (log.clamp(-12, 4) / 2).exp()

    def raw(self, latent):
        """Logit of a hit, velocity 0..1, timing -0.5..0.5: three of [batch, 16, 9]."""
        hit, velocity, timing = self.decoder(latent).view(-1, *self.SHAPE).unbind(-1)
        return hit, velocity.sigmoid(), timing.tanh() * .5

    def decode(self, latent):
        hit, velocity, timing = self.raw(latent)
        return torch.stack([hit.sigmoid(), velocity, timing], -1)
