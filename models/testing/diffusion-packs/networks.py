"""The graphs of diffusion packs in miniature: the modules of diffusers and transformers under their own names, a few channels wide.

Random weights, but nothing is left out that could be fed wrongly: sinusoidal timesteps, resnet and attention blocks, skips, SDXL's
micro-conditioning, the guidance embedding of consistency models, ControlNets fused into the UNet.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

TIME_PROJECTION = 16
SKIPS = 2


def sinusoid(values, dim):
    """[n] -> [n, dim]: cosines first, as diffusers' Timesteps(flip_sin_to_cos=True, downscale_freq_shift=0)."""
    half = dim // 2
    frequencies = torch.exp(torch.arange(half, dtype=torch.float32) * (-math.log(10000) / half))
    angles = values[:, None] * frequencies[None]
    return torch.cat([torch.cos(angles), torch.sin(angles)], -1)


class TimestepEmbedding(nn.Module):
    def __init__(self, given, dim, cond=None):
        super().__init__()
        self.cond_proj = nn.Linear(cond, given, bias=False) if cond else None
        self.linear_1, self.linear_2 = nn.Linear(given, dim), nn.Linear(dim, dim)

    def forward(self, x, cond=None):
        x = x if cond is None else x + self.cond_proj(cond)
        return self.linear_2(F.silu(self.linear_1(x)))


class ResnetBlock(nn.Module):
    def __init__(self, given, dim, time):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(4, given), nn.Conv2d(given, dim, 3, padding=1)
        self.time_emb_proj = nn.Linear(time, dim)
        self.norm2, self.conv2 = nn.GroupNorm(4, dim), nn.Conv2d(dim, dim, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(given, dim, 1) if given != dim else None

    def forward(self, x, time):
        h = self.conv1(F.silu(self.norm1(x))) + self.time_emb_proj(F.silu(time))[:, :, None, None]
        return (x if self.conv_shortcut is None else self.conv_shortcut(x)) + self.conv2(F.silu(self.norm2(h)))


class Attention(nn.Module):
    def __init__(self, dim, cross, heads=2):
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.to_q, self.to_k, self.to_v = nn.Linear(dim, dim, bias=False), nn.Linear(cross, dim, bias=False), nn.Linear(cross, dim, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(dim, dim)])

    def forward(self, x, states):
        width = self.to_q.out_features // self.heads
        parts = zip(*(w.split([width] * self.heads, -1) for w in (self.to_q(x), self.to_k(states), self.to_v(states))))
        out = torch.cat([torch.softmax(q @ k.transpose(1, 2) * self.scale, -1) @ v for q, k, v in parts], -1)
        return self.to_out[0](out)


class GEGLU(nn.Module):
    def __init__(self, dim, inner):
        super().__init__()
        self.proj = nn.Linear(dim, inner * 2)

    def forward(self, x):
        inner = self.proj.out_features // 2
        value, gate = self.proj(x).split([inner, inner], -1)
        return value * F.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.net = nn.ModuleList([GEGLU(dim, dim * 2), nn.Identity(), nn.Linear(dim * 2, dim)])

    def forward(self, x):
        return self.net[2](self.net[0](x))


class BasicTransformerBlock(nn.Module):
    def __init__(self, dim, cross):
        super().__init__()
        self.norm1, self.attn1 = nn.LayerNorm(dim), Attention(dim, dim)
        self.norm2, self.attn2 = nn.LayerNorm(dim), Attention(dim, cross)
        self.norm3, self.ff = nn.LayerNorm(dim), FeedForward(dim)

    def forward(self, x, states):
        n = self.norm1(x)
        x = x + self.attn1(n, n)
        x = x + self.attn2(self.norm2(x), states)
        return x + self.ff(self.norm3(x))


class Transformer2D(nn.Module):
    def __init__(self, dim, cross):
        super().__init__()
        self.norm, self.proj_in, self.proj_out = nn.GroupNorm(4, dim), nn.Conv2d(dim, dim, 1), nn.Conv2d(dim, dim, 1)
        self.transformer_blocks = nn.ModuleList([BasicTransformerBlock(dim, cross)])

    def forward(self, x, states):
        h = self.proj_in(self.norm(x))
        flat = self.transformer_blocks[0](h.flatten(2).transpose(1, 2), states)
        return x + self.proj_out(flat.transpose(1, 2).reshape(h.shape))


class Sampler(nn.Module):
    def __init__(self, dim, up):
        super().__init__()
        self.up, self.conv = up, nn.Conv2d(dim, dim, 3, padding=1, stride=1 if up else 2)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest") if self.up else x)


class Block(nn.Module):
    """Resnet, attention and, where asked for, a sampler: what down, mid and up blocks are made of."""

    def __init__(self, given, dim, time, cross, sampler=None):
        super().__init__()
        self.resnets = nn.ModuleList([ResnetBlock(given, dim, time)])
        self.attentions = nn.ModuleList([Transformer2D(dim, cross)])
        if sampler is not None:
            setattr(self, sampler, nn.ModuleList([Sampler(dim, sampler == "upsamplers")]))

    def forward(self, x, time, states):
        return self.attentions[0](self.resnets[0](x, time), states)


class ControlNet(nn.Module):
    """From pictures eight times the latents' size to what is added to the UNet's skips."""

    def __init__(self, dim, wide):
        super().__init__()
        self.conv_in = nn.Conv2d(3, 4, 3, padding=1, stride=2)
        self.blocks = nn.ModuleList([nn.Conv2d(4, 4, 3, padding=1, stride=2), nn.Conv2d(4, dim, 3, padding=1, stride=2)])
        self.down = nn.Conv2d(dim, wide, 3, padding=1, stride=2)

    def forward(self, picture):
        h = F.silu(self.conv_in(picture))
        for block in self.blocks:
            h = F.silu(block(h))
        return h, self.down(h)


class UNet(nn.Module):
    """
    sample [b,c,h,w] (h, w even), timestep rank 0 or 1, encoder_hidden_states [b,tokens,cross] -> [b,4,h,w].
    sdxl: pooled width; then `text_embeds` [b,pooled] and `time_ids` [b,6] follow. cond: width of `timestep_cond`.
    controls: number of ControlNets; then `controlnet_conds` [n,b,3,8h,8w] and `conditioning_scales` [n,1] follow.
    """

    def __init__(self, channels=4, cross=16, sdxl=None, cond=None, controls=0, widths=(8, 12), time=24, timestep_rank=0):
        super().__init__()
        narrow, wide = widths
        self.sdxl, self.cond, self.timestep_rank = sdxl, cond, timestep_rank
        self.conv_in = nn.Conv2d(channels, narrow, 3, padding=1)
        self.time_embedding = TimestepEmbedding(TIME_PROJECTION, time, cond)
        if sdxl:
            self.add_embedding = TimestepEmbedding(sdxl + 6 * 8, time)
        self.down_blocks = nn.ModuleList([Block(narrow, narrow, time, cross, "downsamplers"), Block(narrow, wide, time, cross)])
        self.mid_block = nn.Module()
        self.mid_block.resnets = nn.ModuleList([ResnetBlock(wide, wide, time)])
        self.up_blocks = nn.ModuleList([Block(wide * 2, wide, time, cross, "upsamplers"), Block(wide + narrow, narrow, time, cross)])
        self.conv_norm_out, self.conv_out = nn.GroupNorm(4, narrow), nn.Conv2d(narrow, 4, 3, padding=1)
        self.controlnets = nn.ModuleList([ControlNet(narrow, wide) for _ in range(controls)])

    def forward(self, sample, timestep, states, *more):
        batch = sample.shape[0]
        time = sinusoid(timestep.reshape(1).expand(batch).to(torch.float32), TIME_PROJECTION)
        time = self.time_embedding(time, more[0] if self.cond else None)
        if self.sdxl:
            pooled, ids = more
            micro = sinusoid(ids.reshape(-1), 8).reshape(batch, -1)
            time = time + self.add_embedding(torch.cat([pooled, micro], -1))
        x = self.conv_in(sample)
        first = self.down_blocks[0](x, time, states)
        second = self.down_blocks[1](self.down_blocks[0].downsamplers[0](first), time, states)
        if len(self.controlnets):
            conditions, scales = more
            for index, net in enumerate(self.controlnets):
                high, low = net(conditions[index])
                first, second = first + high * scales[index], second + low * scales[index]
        x = self.mid_block.resnets[0](second, time)
        x = self.up_blocks[0].upsamplers[0](self.up_blocks[0](torch.cat([x, second], 1), time, states))
        x = self.up_blocks[1](torch.cat([x, first], 1), time, states)
        return self.conv_out(F.silu(self.conv_norm_out(x)))


class TextEncoder(nn.Module):
    """
    CLIP's text tower: ids [b,n] (int32 or int64) -> by name, last_hidden_state [b,n,d], hidden_states.0..L, and pooler_output or, with
    a projection, text_embeds [b,projection]. The pooled token is the first with the highest id.
    """

    def __init__(self, vocab, dim=16, layers=3, projection=None, act="quick_gelu", heads=2, length=77):
        super().__init__()
        self.heads, self.act = heads, act
        self.token_embedding, self.position_embedding = nn.Embedding(vocab, dim), nn.Embedding(length, dim)
        self.layers = nn.ModuleList()
        for _ in range(layers):
            layer = nn.Module()
            layer.layer_norm1, layer.layer_norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
            layer.self_attn = nn.Module()
            for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
                setattr(layer.self_attn, name, nn.Linear(dim, dim))
            layer.fc1, layer.fc2 = nn.Linear(dim, dim * 2), nn.Linear(dim * 2, dim)
            self.layers.append(layer)
        self.final_layer_norm = nn.LayerNorm(dim)
        self.text_projection = nn.Linear(dim, projection, bias=False) if projection else None
        self.register_buffer("places", torch.arange(length), persistent=False)

    def attend(self, x, layer):
        attention, length = layer.self_attn, x.shape[1]
        width = attention.q_proj.out_features // self.heads
        parts = zip(*(w.split([width] * self.heads, -1) for w in (attention.q_proj(x), attention.k_proj(x), attention.v_proj(x))))
        scale, places = width**-0.5, self.places[:length]
        mask = (places[None] > places[:, None]).to(x.dtype) * -1e4
        return attention.out_proj(torch.cat([torch.softmax(q @ k.transpose(1, 2) * scale + mask, -1) @ v for q, k, v in parts], -1))

    def forward(self, ids):
        x = self.token_embedding(ids) + self.position_embedding.weight[: ids.shape[1]]
        hidden = [x]
        for layer in self.layers:
            x = x + self.attend(layer.layer_norm1(x), layer)
            h = layer.fc1(layer.layer_norm2(x))
            x = x + layer.fc2(h * torch.sigmoid(1.702 * h) if self.act == "quick_gelu" else F.gelu(h))
            hidden.append(x)
        last = self.final_layer_norm(x)
        at = ids.to(torch.int32).argmax(-1)
        pooled = last[torch.arange(ids.shape[0]), at]
        if self.text_projection is not None:
            pooled = self.text_projection(pooled)
        return last, pooled, hidden


class VaeDecoder(nn.Module):
    """[b,4,h,w] -> [b,3,8h,8w] in about -1..1."""

    def __init__(self, dim=8):
        super().__init__()
        self.post_quant_conv, self.conv_in = nn.Conv2d(4, 4, 1), nn.Conv2d(4, dim, 3, padding=1)
        self.upsamplers = nn.ModuleList([Sampler(dim, True) for _ in range(3)])
        self.conv_out = nn.Conv2d(dim, 3, 3, padding=1)

    def forward(self, latents):
        x = self.conv_in(self.post_quant_conv(latents))
        for sampler in self.upsamplers:
            x = sampler(F.silu(x))
        return self.conv_out(F.silu(x))


class VaeEncoder(nn.Module):
    """[b,3,8h,8w] -> mean and log-variance [b,8,h,w]; `draw`: latents drawn in the graph, as the legacy script exports it."""

    def __init__(self, dim=8, draw=False):
        super().__init__()
        self.draw = draw
        self.conv_in = nn.Conv2d(3, dim, 3, padding=1)
        self.downsamplers = nn.ModuleList([Sampler(dim, False) for _ in range(3)])
        self.conv_out, self.quant_conv = nn.Conv2d(dim, 8, 3, padding=1), nn.Conv2d(8, 8, 1)

    def forward(self, picture):
        x = self.conv_in(picture)
        for sampler in self.downsamplers:
            x = sampler(F.silu(x))
        moments = self.quant_conv(self.conv_out(F.silu(x)))
        if not self.draw:
            return moments
        mean, logvar = moments.split([4, 4], 1)
        return mean + torch.exp(0.5 * logvar.clamp(-30, 20)) * torch.randn_like(mean)


def initialise(module, seed, gain=1.0):
    """Weights with which a normal input keeps its variance, so that every input reaches the output."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in module.named_parameters():
        fan = parameter[0].numel() if parameter.dim() > 1 else 1
        if "norm" in name:
            values = torch.randn(parameter.shape, generator=generator) * 0.1 + (1 if name.endswith("weight") else 0)
        elif parameter.dim() == 1:
            values = torch.randn(parameter.shape, generator=generator) * 0.1
        elif "token_embedding" in name:
            values = torch.randn(parameter.shape, generator=generator) * 1.0
        elif "position_embedding" in name:
            values = torch.randn(parameter.shape, generator=generator) * 0.3
        else:
            values = torch.randn(parameter.shape, generator=generator) * (gain * 1.3 / math.sqrt(fan))
        parameter.data.copy_(values)
    return module.eval()
