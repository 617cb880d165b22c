"""The four graphs of the pack, with Optimum's names of inputs and outputs: float32 in and out, weights stored in half precision."""
import warnings

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

import network

OPSET = 17


def shrink(m):
    """Store large float32 initialisers as float16 with a Cast behind each: half the file, the same float32 arithmetic (the
    casts are folded when a session opens)."""
    casts = []
    for t in list(m.graph.initializer):
        x = numpy_helper.to_array(t)
        if x.dtype == np.float32 and x.size >= 256:
            m.graph.initializer.remove(t)
            m.graph.initializer.append(numpy_helper.from_array(x.astype(np.float16), t.name + "_h"))
            casts.append(helper.make_node("Cast", [t.name + "_h"], [t.name], to=onnx.TensorProto.FLOAT))
    nodes = casts + list(m.graph.node)
    del m.graph.node[:]
    m.graph.node.extend(nodes)


def write(module, inputs, path, input_names, output_names, axes):
    """Trace a module and keep what a runtime needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), inputs, str(path), opset_version=OPSET, input_names=input_names, output_names=output_names,
                          dynamic_axes=axes, dynamo=False)
    m = onnx.load(str(path))
    shrink(m)
    m.doc_string, m.producer_name = "", "kiln"
    for n in m.graph.node:
        n.doc_string = ""
        del n.metadata_props[:]
    onnx.checker.check_model(m)
    onnx.save(m, str(path))
    print(path.parent.name, path.stat().st_size, "bytes;", sorted({n.op_type for n in m.graph.node}))


def export_all(text_encoder, unet, encoder, decoder, out):
    """Write the four folders' model.onnx under `out`."""
    text_encoder, unet, encoder, decoder = (m.float().to(memory_format=torch.contiguous_format) for m in (text_encoder, unet, encoder, decoder))
    batch, plane = {0: "batch_size"}, lambda h, w: {0: "batch_size", 2: h, 3: w}
    ids = torch.tensor([[5, 9, 7, text_encoder.token.num_embeddings - 1, 3]])
    write(text_encoder, (ids,), out / "text_encoder" / "model.onnx", ["input_ids"], ["last_hidden_state", "pooler_output"],
          {"input_ids": {**batch, 1: "sequence_length"}, "last_hidden_state": {**batch, 1: "sequence_length"}, "pooler_output": batch})
    write(unet, (torch.randn(2, 4, 14, 18), torch.tensor(500.0), torch.randn(2, 9, network.WIDTH)), out / "unet" / "model.onnx",
          ["sample", "timestep", "encoder_hidden_states"], ["out_sample"],
          {"sample": plane("height", "width"), "encoder_hidden_states": {**batch, 1: "sequence_length"}, "out_sample": plane("height", "width")})
    write(encoder, (torch.randn(1, 3, 56, 72),), out / "vae_encoder" / "model.onnx", ["sample"], ["latent_parameters"],
          {"sample": plane("height", "width"), "latent_parameters": plane("latent_height", "latent_width")})
    write(decoder, (torch.randn(1, 4, 14, 18),), out / "vae_decoder" / "model.onnx", ["latent_sample"], ["sample"],
          {"latent_sample": plane("latent_height", "latent_width"), "sample": plane("height", "width")})
