"""Writes packs/: tiny random-weight diffusion packs in the layouts people have. See README.md.

    /usr/bin/python3 models/testing/diffusion-packs/build_packs.py     (torch 1.13, onnx; a minute)
"""
import io
import json
import pathlib
import shutil
import sys
import warnings

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

sys.dont_write_bytecode = True

import packs
from packs import LAYERS, PACKS, SCALING, TOKENIZER, VARIANTS, VOCAB, WIDTH, WIDTH_2
from tokenizing import END

torch.set_num_threads(1)
warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent / "packs"
NAMED = ("Conv", "MatMul", "Gemm")


class TextGraph(torch.nn.Module):
    """The encoder's outputs in the order the exporters give them."""

    def __init__(self, encoder, names):
        super().__init__()
        self.text_model, self.names = encoder, names

    def forward(self, ids):
        last, pooled, hidden = self.text_model(ids)
        known = {"last_hidden_state": last, "pooler_output": pooled, "text_embeds": pooled}
        return tuple(known[n] if n in known else hidden[int(n.split(".")[1])] for n in self.names)


def export(module, arguments, inputs, outputs, axes):
    buffer = io.BytesIO()
    torch.onnx.export(module, arguments, buffer, opset_version=17, input_names=inputs, output_names=outputs, dynamic_axes=axes)
    return slim(onnx.load_from_string(buffer.getvalue()))


def slim(model):
    """Short names for what nobody looks up; nodes with weights, initializers, inputs and outputs keep theirs."""
    graph = model.graph
    kept = {v.name for v in (*graph.input, *graph.output, *graph.initializer)}
    short, constants, nodes = {}, {}, []
    for node in graph.node:
        # The exporter repeats equal constants; one is enough.
        if node.op_type == "Constant":
            first = constants.setdefault(node.attribute[0].SerializeToString(), node.output[0])
            if first != node.output[0]:
                short[node.output[0]] = short[first]
                continue
        nodes.append(node)
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name and name not in kept:
                    names[i] = short.setdefault(name, f"v{len(short)}")
        if node.op_type not in NAMED:
            node.name = ""
        node.doc_string = ""
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)
    del graph.value_info[:]
    return model


def time_part(graph):
    """Everything between `timestep` and the first layer: exporters keep it in float32 in half-precision graphs."""
    reached, nodes = {"timestep"}, []
    for node in graph.node:
        if node.op_type not in ("Gemm", "MatMul") and any(name in reached for name in node.input):
            reached.update(node.output)
            nodes.append(node)
    return reached, nodes


def halve(model):
    """float32 to float16 throughout, as Olive and onnxconverter-common do."""
    graph = model.graph
    reached, skipped = time_part(graph) if any(v.name == "timestep" for v in graph.input) else (set(), [])
    single = {name for node in skipped for name in node.input}
    for tensor in graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and tensor.name not in single:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name))
    skip = {id(node) for node in skipped}
    constants = {node.output[0]: node for node in graph.node if node.op_type == "Constant"}
    skip |= {id(constants[name]) for name in single if name in constants}
    for node in graph.node:
        if id(node) in skip:
            continue
        for attribute in node.attribute:
            if attribute.name == "value" and attribute.t.data_type == TensorProto.FLOAT:
                attribute.t.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(attribute.t).astype(np.float16)))
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT:
                attribute.i = TensorProto.FLOAT16
    for value in (*graph.input, *graph.output):
        if value.type.tensor_type.elem_type == TensorProto.FLOAT:
            value.type.tensor_type.elem_type = TensorProto.FLOAT16
    nodes = []
    for node in graph.node:
        if id(node) not in skip:
            for i, name in enumerate(node.input):
                if name in reached and name != "timestep":
                    nodes.append(helper.make_node("Cast", [name], [f"{name}_half"], to=TensorProto.FLOAT16))
                    node.input[i] = f"{name}_half"
        nodes.append(node)
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)
    # Resize takes its scales in float32 whatever it enlarges.
    for node in graph.node:
        if node.op_type == "Resize":
            scales = node.input[2]
            for tensor in graph.initializer:
                if tensor.name == scales:
                    tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), scales))
            for other in graph.node:
                if other.op_type == "Constant" and other.output[0] == scales:
                    other.attribute[0].t.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(other.attribute[0].t).astype(np.float32)))
    return model


def save(model, file, external=None):
    onnx.checker.check_model(model)
    file.parent.mkdir(parents=True, exist_ok=True)
    if external is None:
        file.write_bytes(model.SerializeToString())
    else:
        onnx.save_model(model, str(file), save_as_external_data=True, all_tensors_to_one_file=True, location=external, size_threshold=256)


def write_json(file, value):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value, indent=2) + "\n")


def text_graph(encoder, ids_type, outputs):
    axes = {"input_ids": {0: "batch_size", 1: "sequence_length"}} | {name: {0: "batch_size"} for name in outputs}
    return export(TextGraph(encoder, outputs).eval(), (torch.tensor([[3] * 76 + [VOCAB - 1]], dtype=ids_type),), ["input_ids"], outputs, axes)


def unet_graph(unet, pack):
    family, cross = pack["family"], WIDTH + (WIDTH_2 if pack.get("sdxl") else 0)
    timestep = torch.tensor(7 if pack.get("whole_steps") else 7.0)
    timestep = timestep if family == "optimum" else timestep[None]
    given = {"sample": torch.randn(2, pack.get("channels", 4), 8, 8), "timestep": timestep, "encoder_hidden_states": torch.randn(2, 77, cross)}
    axes = {"sample": {0: "batch_size", 2: "height", 3: "width"}, "encoder_hidden_states": {0: "batch_size", 1: "sequence_length"}}
    if pack.get("sdxl"):
        given |= {"text_embeds": torch.randn(2, WIDTH_2), "time_ids": torch.randn(2, 6)}
    if pack.get("cond"):
        given |= {"timestep_cond": torch.randn(2, pack["cond"])}
    for name in ("text_embeds", "time_ids", "timestep_cond"):
        if name in given:
            axes[name] = {0: "batch_size"}
    if pack.get("controls"):
        given |= {"controlnet_conds": torch.rand(pack["controls"], 2, 3, 64, 64), "conditioning_scales": torch.ones(pack["controls"], 1)}
        axes["controlnet_conds"] = {1: "2B", 3: "8H", 4: "8W"}
    output = "noise_pred" if family == "controlnet" else "out_sample"
    axes[output] = {0: "batch_size", 2: "height", 3: "width"}
    return export(unet, tuple(given.values()), list(given), [output], axes)


def vae_graphs(made, family):
    legacy = family in ("legacy", "controlnet")
    encoded, size = "latent_sample" if legacy else "latent_parameters", {0: "batch_size", 2: "height", 3: "width"}
    latent = {0: "batch_size", 2: "latent_height", 3: "latent_width"}
    yield "vae_encoder", export(made["vae_encoder"], (torch.randn(1, 3, 64, 64),), ["sample"], [encoded], {"sample": size, encoded: latent})
    yield "vae_decoder", export(made["vae_decoder"], (torch.randn(1, 4, 8, 8),), ["latent_sample"], ["sample"], {"latent_sample": latent, "sample": size})


def index_of(pack, variant=None):
    if pack["family"] in ("legacy", "controlnet"):
        part = ["diffusers", "OnnxRuntimeModel"]
        return {
            "_class_name": "OnnxStableDiffusionPipeline",
            "_diffusers_version": "0.15.0.dev0",
            "feature_extractor": [None, None],
            "requires_safety_checker": False,
            "safety_checker": [None, None],
            "scheduler": ["diffusers", pack["scheduler"]["_class_name"]],
            "text_encoder": part,
            "tokenizer": ["transformers", "CLIPTokenizer"],
            "unet": part,
            "vae_decoder": part,
            "vae_encoder": part,
        }
    scheduler = (variant or pack)["scheduler"]["_class_name"]
    parts = {
        "scheduler": ["diffusers", scheduler],
        "text_encoder": ["optimum", "ORTModelTextEncoder"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["optimum", "ORTModelUnet"],
        "vae_decoder": ["optimum", "ORTModelVaeDecoder"],
        "vae_encoder": ["optimum", "ORTModelVaeEncoder"],
    }
    if pack.get("sdxl"):
        head = {"_class_name": "ORTStableDiffusionXLPipeline", "_diffusers_version": "0.29.0", "add_watermarker": None, "force_zeros_for_empty_prompt": True}
        return head | parts | {"text_encoder_2": ["optimum", "ORTModelTextEncoder"], "tokenizer_2": ["transformers", "CLIPTokenizer"]}
    names = {"cond": "ORTLatentConsistencyModelPipeline", "channels": "StableDiffusionInpaintPipeline"}
    name = next((value for key, value in names.items() if key in pack), "ORTStableDiffusionPipeline")
    return {"_class_name": name, "_diffusers_version": "0.29.0", "feature_extractor": [None, None], "requires_safety_checker": False, "safety_checker": [None, None]} | parts


def configurations(folder, pack, name):
    """config.json of each part, as Optimum leaves them."""
    text = {"architectures": ["CLIPTextModel"], "bos_token_id": 0, "eos_token_id": 2, "hidden_act": pack.get("act", "quick_gelu"), "hidden_size": WIDTH, "intermediate_size": WIDTH * 2, "max_position_embeddings": 77, "model_type": "clip_text_model", "num_attention_heads": 2, "num_hidden_layers": LAYERS, "pad_token_id": 1, "projection_dim": WIDTH, "vocab_size": VOCAB}
    write_json(folder / "text_encoder/config.json", text)
    unet = {
        "_class_name": "UNet2DConditionModel",
        "_diffusers_version": "0.29.0",
        "attention_head_dim": 2,
        "block_out_channels": [8, 12],
        "cross_attention_dim": WIDTH,
        "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        "in_channels": pack.get("channels", 4),
        "out_channels": 4,
        "sample_size": 8,
        "time_cond_proj_dim": pack.get("cond"),
        "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
    }
    if pack.get("sdxl"):
        write_json(folder / "text_encoder_2/config.json", text | {"architectures": ["CLIPTextModelWithProjection"], "hidden_act": "gelu", "hidden_size": WIDTH_2, "intermediate_size": WIDTH_2 * 2, "projection_dim": WIDTH_2})
        unet |= {"addition_embed_type": "text_time", "addition_time_embed_dim": 8, "cross_attention_dim": WIDTH + WIDTH_2, "projection_class_embeddings_input_dim": WIDTH_2 + 48}
    write_json(folder / "unet/config.json", unet)
    vae = {"_class_name": "AutoencoderKL", "_diffusers_version": "0.29.0", "block_out_channels": [8, 8, 8, 8], "force_upcast": bool(pack.get("sdxl")), "in_channels": 3, "latent_channels": 4, "out_channels": 3, "sample_size": 64, "scaling_factor": SCALING.get(name, 0.18215)}
    if name == "inpaint-9":
        del vae["scaling_factor"]
    for part in ("vae_encoder", "vae_decoder"):
        write_json(folder / part / "config.json", vae)


def build(name):
    pack, folder = PACKS[name], HERE / name
    family, made = pack["family"], packs.networks(name)
    shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(0)
    ids = torch.int64 if family == "optimum" else torch.int32
    states = [f"hidden_states.{i}" for i in range(LAYERS + 1)] if pack.get("sdxl") or pack.get("states") else []
    text = ["last_hidden_state"] if family == "web" else ["last_hidden_state", "pooler_output", *states]
    graphs = {"text_encoder": text_graph(made["text_encoder"], ids, text), "unet": unet_graph(made["unet"], pack), **dict(vae_graphs(made, family))}
    if pack.get("sdxl"):
        graphs["text_encoder_2"] = text_graph(made["text_encoder_2"], ids, ["text_embeds", "last_hidden_state", *states])
    for part, model in graphs.items():
        external = None
        if part == "unet":
            external = {"optimum": "model.onnx_data" if name == "sd15" else None, "legacy": "weights.pb", "controlnet": "weights.pb"}.get(family)
        save(halve(model) if pack.get("half") else model, folder / part / "model.onnx", external)
    write_json(folder / "scheduler/scheduler_config.json", pack["scheduler"])
    odd = {"pad_elsewhere": END} if pack["pad"] == "!" else {}
    TOKENIZER.write(folder / "tokenizer", pack["pad"], fast=name == "sdxl", pad_object=name in ("sd15", "lcm"), length=1e30 if name == "lcm" else 77, **odd)
    if pack.get("sdxl"):
        TOKENIZER.write(folder / "tokenizer_2", "!", fast=False)
    if family == "optimum":
        configurations(folder, pack, name)
    # onnxruntime-web's sample packs come without an index.
    if family != "web":
        write_json(folder / "model_index.json", index_of(pack))


def main():
    for name in PACKS:
        build(name)
    for name, variant in VARIANTS.items():
        folder, base = HERE / "variants" / name, PACKS[variant["base"]]
        shutil.rmtree(folder, ignore_errors=True)
        write_json(folder / "scheduler/scheduler_config.json", variant["scheduler"])
        write_json(folder / "model_index.json", index_of(base, variant))
    total = 0
    for folder in sorted(HERE.iterdir()):
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        total += size
        print(f"{folder.name:14} {size / 1000:7.1f} kB")
    print(f"{'all':14} {total / 1000:7.1f} kB")


if __name__ == "__main__":
    main()
