"""Writes fixture/: a tiny torch-exported UNet and text encoder, add-ons for them, and what PyTorch makes of each.

    /usr/bin/python3 models/testing/lora/build_fixture.py     (torch 1.13, onnx; seconds)

The modules have diffusers' names, so that the exporter names nodes and constants as it does for real models: linear layers become
"onnx::MatMul_123" constants under nodes like "/down_blocks.0/attentions.0/transformer_blocks.0/attn1/to_q/MatMul".
"""
import json
import pathlib
import struct
import warnings

import numpy as np
import onnx
import torch
from torch import nn

torch.manual_seed(5)
torch.set_num_threads(1)
warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent / "fixture"
C, D, T = 8, 12, 3


class Attention(nn.Module):
    def __init__(self, context):
        super().__init__()
        self.to_q = nn.Linear(C, C, bias=False)
        self.to_k = nn.Linear(context, C, bias=False)
        self.to_v = nn.Linear(context, C, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(C, C)])

    def forward(self, x, context):
        q, k, v = self.to_q(x), self.to_k(context), self.to_v(context)
        return self.to_out[0](torch.softmax(q @ k.transpose(1, 2) * C**-0.5, dim=-1) @ v)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn1 = Attention(C)
        self.attn2 = Attention(D)

    def forward(self, x, context):
        x = x + self.attn1(x, x)
        return x + self.attn2(x, context)


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj_in = nn.Conv2d(C, C, 1)
        self.transformer_blocks = nn.ModuleList([Block()])

    def forward(self, x, context):
        b, c, h, w = x.shape
        y = self.proj_in(x).flatten(2).transpose(1, 2)
        return x + self.transformer_blocks[0](y, context).transpose(1, 2).reshape(b, c, h, w)


class Resnet(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, C, 3, padding=1)
        self.time_emb_proj = nn.Linear(4, C)

    def forward(self, x, emb):
        return torch.tanh(self.conv1(x) + self.time_emb_proj(emb)[:, :, None, None])


class Down(nn.Module):
    def __init__(self):
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(C)])
        self.attentions = nn.ModuleList([Transformer()])

    def forward(self, x, emb, context):
        return self.attentions[0](self.resnets[0](x, emb), context)


def filtered(x, scale):
    f = torch.fft.fftshift(torch.fft.fftn(x, dim=(-2, -1)), dim=(-2, -1))
    mask = torch.ones_like(x)
    row, column = x.shape[-2] // 2, x.shape[-1] // 2
    mask[..., row - 1 : row + 1, column - 1 : column + 1] = scale
    return torch.fft.ifftn(torch.fft.ifftshift(f * mask, dim=(-2, -1)), dim=(-2, -1)).real


class Up(nn.Module):
    free_u = None

    def __init__(self):
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(2 * C)])

    def forward(self, x, skip, emb):
        if self.free_u is not None:
            b, s = self.free_u
            x = torch.cat([x[:, : C // 2] * b, x[:, C // 2 :]], dim=1)
            skip = filtered(skip, s)
        return self.resnets[0](torch.cat([x, skip], dim=1), emb)


class Unet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_in = nn.Conv2d(4, C, 3, padding=1)
        self.down_blocks = nn.ModuleList([Down()])
        self.up_blocks = nn.ModuleList([Up(), Up()])
        self.conv_out = nn.Conv2d(C, 4, 3, padding=1)

    def forward(self, sample, timestep, encoder_hidden_states):
        angles = timestep * torch.tensor([1.0, 0.1])
        emb = torch.cat([torch.sin(angles), torch.cos(angles)])[None]
        first = self.conv_in(sample)
        second = self.down_blocks[0](first, emb, encoder_hidden_states)
        y = self.up_blocks[0](second, second, emb)
        return self.conv_out(self.up_blocks[1](y, first, emb))


class SelfAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q_proj = nn.Linear(D, D)

    def forward(self, x):
        return self.q_proj(x)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.self_attn = SelfAttention()

    def forward(self, x):
        return x + self.self_attn(x)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([Layer()])

    def forward(self, x):
        return self.layers[0](x)


class Embeddings(nn.Module):
    def __init__(self):
        super().__init__()
        self.token_embedding = nn.Embedding(20, D)
        self.position_embedding = nn.Embedding(T, D)

    def forward(self, ids):
        return self.token_embedding(ids) + self.position_embedding(torch.arange(T))[None]


class TextModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = Embeddings()
        self.encoder = Encoder()

    def forward(self, ids):
        return self.encoder(self.embeddings(ids.view(-1, ids.shape[-1])))


class Text(nn.Module):
    def __init__(self):
        super().__init__()
        self.text_model = TextModel()

    def forward(self, input_ids):
        return self.text_model(input_ids)


def save_safetensors(path, tensors, metadata=None):
    header, at, data = ({"__metadata__": metadata} if metadata else {}), 0, b""
    names = {np.dtype("float32"): "F32", np.dtype("float16"): "F16", np.dtype("int64"): "I64"}
    for name, value in tensors.items():
        raw = value.tobytes()
        header[name] = {"dtype": names[value.dtype], "shape": list(value.shape), "data_offsets": [at, at + len(raw)]}
        at, data = at + len(raw), data + raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def export(module, arguments, inputs, outputs, axes, name):
    path = HERE / f"{name}.onnx"
    torch.onnx.export(module, arguments, str(path), opset_version=14, input_names=inputs, output_names=outputs, dynamic_axes=axes)
    return onnx.load(str(path))


def low_rank(generator, module, rank):
    weight = module.weight
    if weight.dim() == 2:
        down, up = (rank, weight.shape[1]), (weight.shape[0], rank)
    else:
        down, up = (rank, *weight.shape[1:]), (weight.shape[0], rank, 1, 1)
    return [torch.randn(shape, generator=generator) * 0.3 for shape in (down, up)]


def merged(model, changes):
    """W += scale * up @ down, done by PyTorch on a copy of the weights. Returns what puts them back."""
    before = {name: model.get_submodule(name).weight.data.clone() for name in changes}
    for name, (down, up, scale) in changes.items():
        weight = model.get_submodule(name).weight
        weight.data += scale * (up.flatten(1) @ down.flatten(1)).reshape(weight.shape)

    def restore():
        for name, value in before.items():
            model.get_submodule(name).weight.data = value

    return restore


def main():
    HERE.mkdir(exist_ok=True)
    unet, text = Unet().eval(), Text().eval()
    sample, context = torch.randn(1, 4, 6, 8), torch.randn(1, T, D)
    t, ids = torch.tensor(3.0), torch.tensor([[1, 7, 19]])
    generator = torch.Generator().manual_seed(9)
    exported = export(
        unet,
        (sample, t, context),
        ["sample", "timestep", "encoder_hidden_states"],
        ["out_sample"],
        {"sample": {0: "batch", 2: "height", 3: "width"}, "encoder_hidden_states": {0: "batch"}},
        "unet",
    )
    onnx.save_model(exported, str(HERE / "unet-external.onnx"), save_as_external_data=True, location="unet-external.onnx_data", size_threshold=0)
    export(text, (ids,), ["input_ids"], ["last_hidden_state"], {"input_ids": {0: "batch"}}, "text")

    attention = "down_blocks.0.attentions.0.transformer_blocks.0"
    linear = [f"{attention}.attn1.to_q", f"{attention}.attn2.to_k", f"{attention}.attn2.to_v", f"{attention}.attn1.to_out.0"]
    convolutions = ["down_blocks.0.resnets.0.conv1", "down_blocks.0.attentions.0.proj_in"]
    timed = ["up_blocks.0.resnets.0.time_emb_proj"]
    query = "text_model.encoder.layers.0.self_attn.q_proj"

    # kohya: alphas, linear layers and convolutions, text encoder.
    kohya, changes, text_changes = {}, {}, {}
    for name in [*linear, *convolutions, *timed]:
        down, up = low_rank(generator, unet.get_submodule(name), 2)
        key = "lora_unet_" + name.replace(".", "_")
        kohya |= {f"{key}.lora_down.weight": down.numpy(), f"{key}.lora_up.weight": up.numpy(), f"{key}.alpha": np.array(1, np.float32)}
        changes[name] = (down, up, 0.7 * 1 / 2)
    down, up = low_rank(generator, text.get_submodule(query), 2)
    key = "lora_te_" + query.replace(".", "_")
    kohya |= {f"{key}.lora_down.weight": down.numpy(), f"{key}.lora_up.weight": up.numpy(), f"{key}.alpha": np.array(4, np.float32)}
    text_changes[query] = (down, up, 0.7 * 4 / 2)
    save_safetensors(HERE / "kohya.safetensors", kohya, {"modelspec.title": "Tiny kohya", "modelspec.trigger_phrase": "tiny style, bold"})

    # PEFT as diffusers saves it: no alphas; one module that this model does not have.
    peft, more = {}, {}
    for name in linear[:2]:
        down, up = low_rank(generator, unet.get_submodule(name), 3)
        peft |= {f"unet.{name}.lora_A.weight": down.numpy(), f"unet.{name}.lora_B.weight": up.numpy()}
        more[name] = (down, up, -0.5)
    absent = torch.randn(3, C, generator=generator).numpy()
    peft |= {"unet.up_blocks.9.attentions.0.to_q.lora_A.weight": absent, "unet.up_blocks.9.attentions.0.to_q.lora_B.weight": absent.T.copy()}
    save_safetensors(HERE / "peft.safetensors", peft)

    vectors = torch.randn(3, D, generator=generator)
    save_safetensors(HERE / "embedding.safetensors", {"emb_params": vectors.numpy()})

    expected = {"sample": sample, "encoder_hidden_states": context, "timestep": t}
    with torch.no_grad():
        run = lambda: unet(sample, t, context)
        expected["plain"] = run()
        restore = merged(unet, changes)
        expected["kohya"] = run()
        restore_more = merged(unet, more)
        expected["both"] = run()
        restore_more()
        restore()
        unet.up_blocks[0].free_u, unet.up_blocks[1].free_u = (1.3, 0.9), (1.4, 0.2)
        expected["freeU"] = run()
        expected["text"] = text(ids)
        restore = merged(text, text_changes)
        expected["textKohya"] = text(ids)
        restore()
        # Ids 19 (there already), 20 and 21 are the embedding's.
        table = text.text_model.embeddings.token_embedding
        table.weight.data = torch.cat([table.weight.data[:19], vectors])
        expected["textEmbedding"] = text(torch.tensor([[19, 21, 20]]))
    flat = {name: [round(float(v), 7) for v in value.flatten()] for name, value in expected.items()}
    (HERE / "expected.json").write_text(json.dumps(flat) + "\n")


main()
