"""The text encoder and the UNet that predicts the velocity v = sqrt(a) noise - sqrt(1 - a) latent (Salimans and Ho, 2022).

A prompt is padded with EOS to 77, but nothing is told by the padding: the text encoder gives zeros after the first EOS, and the
UNet gives states that are zero no attention. Training can therefore use short sequences, and prompts of several chunks work.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, LENGTH, PLACES = 256, 77, 16


def attend(q, k, v, heads, bias=None):
    """Softmax attention [b,n,c] over [b,m,c]; `bias` [b,1,1,m] is added to the scores."""
    parts = [t.reshape(t.shape[0], t.shape[1], heads, t.shape[2] // heads).transpose(1, 2) for t in (q, k, v)]
    scores = parts[0] @ parts[1].transpose(-1, -2) * (parts[0].shape[-1] ** -.5)
    if bias is not None:
        scores = scores + bias
    return (scores.softmax(-1) @ parts[2]).transpose(1, 2).reshape(q.shape)


def places_of(h, w, like):
    """Where each of h x w places lies in the whole picture: waves of four lengths along both axes, [1,h*w,PLACES]."""
    axes = [(torch.arange(n, device=like.device, dtype=torch.float32) + .5) / n * math.pi for n in (h, w)]
    u, v = axes[0][:, None].expand(h, w), axes[1][None].expand(h, w)
    waves = [f(k * axis) for axis in (u, v) for k in (1, 2, 4, 8) for f in (torch.sin, torch.cos)]
    return torch.stack(waves, -1).reshape(1, h * w, PLACES).to(like.dtype)


class TextBlock(nn.Module):
    """A transformer layer, normalised before."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, bias):
        x = x + self.out(attend(*self.qkv(self.norm1(x)).chunk(3, -1), self.heads, bias))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class TextEncoder(nn.Module):
    """`input_ids` [b,n] to `last_hidden_state` [b,n,WIDTH], zero after the first EOS, and `pooler_output`, the state at EOS."""

    def __init__(self, vocabulary, layers=4, heads=4):
        super().__init__()
        self.token, self.position = nn.Embedding(vocabulary, WIDTH), nn.Parameter(torch.randn(LENGTH, WIDTH) * .02)
        nn.init.normal_(self.token.weight, std=.05)
        self.register_buffer("places", torch.arange(LENGTH), persistent=False)
        self.blocks = nn.ModuleList(TextBlock(WIDTH, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, input_ids):
        n = input_ids.shape[1]
        end = input_ids.argmax(-1, keepdim=True)  # EOS is the highest id, and argmax gives the first
        alive = (self.places[:n][None] <= end).to(self.position.dtype)
        bias = ((alive - 1) * 1e4)[:, None, None, :]
        x = self.token(input_ids) + self.position[:n]
        for block in self.blocks:
            x = block(x, bias)
        x = self.norm(x) * alive[..., None]
        return x, torch.gather(x, 1, end[..., None].expand(-1, -1, WIDTH)).squeeze(1)


class Residual(nn.Module):
    """Two convolutions; the time and the prompt's gist scale and shift what lies between them."""

    def __init__(self, before, after, embedding):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(16, before), nn.Conv2d(before, after, 3, padding=1)
        self.modulate = nn.Linear(embedding, 2 * after)
        self.norm2, self.conv2 = nn.GroupNorm(16, after), nn.Conv2d(after, after, 3, padding=1)
        self.skip = nn.Conv2d(before, after, 1) if before != after else nn.Identity()
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x, embedding):
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.modulate(embedding)[:, :, None, None].chunk(2, 1)
        return self.skip(x) + self.conv2(F.silu(self.norm2(h) * (1 + scale) + shift))


class Attention(nn.Module):
    """Self-attention over places, cross-attention to the prompt, and a feed-forward layer."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.qkv, self.self_out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.q, self.kv, self.cross_out = nn.Linear(width, width), nn.Linear(WIDTH, 2 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 3 * width), nn.Linear(3 * width, width)
        self.place = nn.Linear(PLACES, width, bias=False)
        nn.init.zeros_(self.place.weight)
        for layer in (self.self_out, self.cross_out, self.down):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x, states, bias):
        b, c, h, w = x.shape
        t = x.permute(0, 2, 3, 1).reshape(b, h * w, c) + self.place(places_of(h, w, x))
        t = t + self.self_out(attend(*self.qkv(self.norms[0](t)).chunk(3, -1), self.heads))
        t = t + self.cross_out(attend(self.q(self.norms[1](t)), *self.kv(states).chunk(2, -1), self.heads, bias))
        t = t + self.down(F.gelu(self.up(self.norms[2](t))))
        return t.reshape(b, h, w, c).permute(0, 3, 1, 2)


class UNet(nn.Module):
    """`sample` [b,4,h,w] of any h and w, `timestep` [] or [b], `encoder_hidden_states` [b,n,WIDTH] to `out_sample`."""

    def __init__(self, widths=(64, 160, 256), embedding=256, channels=4):
        super().__init__()
        a, b, c = widths
        self.register_buffer("frequencies", torch.exp(-math.log(10_000) * torch.arange(64) / 64), persistent=False)
        self.time = nn.Sequential(nn.Linear(128, embedding), nn.SiLU(), nn.Linear(embedding, embedding))
        self.gist = nn.Linear(WIDTH, embedding)
        self.enter = nn.Conv2d(channels, a, 3, padding=1)
        self.down1 = Residual(a, a, embedding)
        self.shrink1 = nn.Conv2d(a, b, 3, stride=2, padding=1)
        self.down2, self.look2 = Residual(b, b, embedding), Attention(b, 5)
        self.shrink2 = nn.Conv2d(b, c, 3, stride=2, padding=1)
        self.down3, self.look3 = Residual(c, c, embedding), Attention(c, 8)
        self.middle, self.look_middle = Residual(c, c, embedding), Attention(c, 8)
        self.up3, self.look_up3 = Residual(2 * c, c, embedding), Attention(c, 8)
        self.grow2 = nn.Conv2d(c, b, 1)
        self.up2, self.look_up2 = Residual(2 * b, b, embedding), Attention(b, 5)
        self.last2 = Residual(b, b, embedding)
        self.grow1 = nn.Conv2d(b, a, 1)
        self.up1, self.last1 = Residual(2 * a, a, embedding), Residual(a, a, embedding)
        self.norm, self.leave = nn.GroupNorm(16, a), nn.Conv2d(a, channels, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, sample, timestep, encoder_hidden_states):
        states = encoder_hidden_states
        alive = (states.abs().sum(-1) > 0).to(states.dtype)
        bias = ((alive - 1) * 1e4)[:, None, None, :]
        gist = (states * alive[..., None]).sum(1) / alive.sum(1, keepdim=True).clamp(min=1)
        angle = timestep.to(self.frequencies.dtype).reshape(-1, 1) * self.frequencies
        e = F.silu(self.time(torch.cat([angle.sin(), angle.cos()], -1)) + self.gist(gist))
        first = self.down1(self.enter(sample), e)
        second = self.look2(self.down2(self.shrink1(first), e), states, bias)
        third = self.look3(self.down3(self.shrink2(second), e), states, bias)
        x = self.look_middle(self.middle(third, e), states, bias)
        x = self.look_up3(self.up3(torch.cat([x, third], 1), e), states, bias)
        x = F.interpolate(self.grow2(x), size=second.shape[-2:], mode="nearest")
        x = self.last2(self.look_up2(self.up2(torch.cat([x, second], 1), e), states, bias), e)
        x = F.interpolate(self.grow1(x), size=first.shape[-2:], mode="nearest")
        x = self.last1(self.up1(torch.cat([x, first], 1), e), e)
        return self.leave(F.silu(self.norm(x)))
