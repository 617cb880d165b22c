"""Write the pack: the four graphs, their configurations, the tokenizer, a contact sheet and kiln.json.

    python3 export.py [--work .runs] [--version 0.1.0] [--manifest-only]

Where WORK/diffusion.pt is missing, untrained weights are written, so that the layout can be tried before training.
"""
import argparse
import hashlib
import json
import pathlib
import shutil

import cv2
import numpy as np
import torch

import bpe
import diffusion
import graphs
import heldout
import latents
import network
import prepare
import sheet
import vae

PACK = prepare.ROOT / "models" / "packs" / "kiln-mini"
SIZE, STEPS, GUIDANCE = 64, 20, 4.0
ATTRIBUTION = [
    "Icons: Noto Emoji, Copyright Google LLC, Apache License 2.0.",
    "Icon names and keywords: Unicode emoji-test 15.0 and CLDR 41, Copyright Unicode, Inc., Unicode License v3.",
    "Sprites: Dungeon Crawl Stone Soup tiles by its artists, CC0-1.0.",
    "Photograph \"Mountains and forest\" by DreamyPixel, https://dreamypixel.com/mountains-and-forest/, CC-BY-4.0 (resized, cropped).",
    "Photograph \"Living Stones\" by Andesine, https://www.flickr.com/photos/andesine/5560436312, CC-BY-2.0 (resized, cropped).",
    "Other photographs: Budgie backgrounds, elementary and Pop!_OS wallpapers, WordPress Twenty Twenty-Five, CC0-1.0 or public domain.",
    "Patterns and textures: made by the training scripts.",
]
# Prompts that these weights can show something for.
EXAMPLES = ("pink heart icon", "night sky gradient", "orange and black plaid pattern", "grey stone wall texture", "sunset gradient", "grinning face icon",
            "brown wood texture", "teal heart icon", "starry night sky", "red and white striped pattern", "blue sky with clouds", "purple to orange gradient",
            "teal circle on a white background", "red brick wall texture", "red apple icon", "cat face icon", "black and pink zigzag pattern", "blue fur texture")
FILES = ("model_index.json", "scheduler/scheduler_config.json", "tokenizer/vocab.json", "tokenizer/merges.txt", "tokenizer/tokenizer_config.json",
         "tokenizer/special_tokens_map.json", "text_encoder/model.onnx", "text_encoder/config.json", "unet/model.onnx", "unet/config.json",
         "vae_encoder/model.onnx", "vae_encoder/config.json", "vae_decoder/model.onnx", "vae_decoder/config.json", "MODEL_CARD.md", "contact-sheet.jpg")


def configurations(vocabulary, scaling):
    """Relative path: what diffusers, transformers and Optimum write there."""
    part = lambda name: ["optimum.onnxruntime.modeling_diffusion", name]
    autoencoder = {"_class_name": "AutoencoderKL", "_diffusers_version": "0.30.0", "in_channels": 3, "out_channels": 3, "latent_channels": vae.CHANNELS,
                   "block_out_channels": [24, 64, 128], "sample_size": SIZE, "scaling_factor": scaling, "force_upcast": False}
    return {
        "model_index.json": {
            "_class_name": "ORTStableDiffusionPipeline", "_diffusers_version": "0.30.0", "feature_extractor": [None, None], "image_encoder": [None, None],
            "requires_safety_checker": False, "safety_checker": [None, None], "scheduler": ["diffusers", diffusion.CONFIG["_class_name"]],
            "text_encoder": part("ORTTextEncoder"), "tokenizer": ["transformers", "CLIPTokenizer"], "unet": part("ORTUnet"),
            "vae_decoder": part("ORTVaeDecoder"), "vae_encoder": part("ORTVaeEncoder")},
        "scheduler/scheduler_config.json": diffusion.CONFIG,
        "text_encoder/config.json": {
            "architectures": ["CLIPTextModel"], "model_type": "clip_text_model", "vocab_size": vocabulary, "hidden_size": network.WIDTH,
            "intermediate_size": 4 * network.WIDTH, "num_hidden_layers": 4, "num_attention_heads": 4, "projection_dim": network.WIDTH,
            "hidden_act": "gelu", "max_position_embeddings": network.LENGTH, "bos_token_id": vocabulary - 2, "eos_token_id": vocabulary - 1,
            "pad_token_id": vocabulary - 1},
        "unet/config.json": {
            "_class_name": "UNet2DConditionModel", "_diffusers_version": "0.30.0", "sample_size": SIZE // vae.SCALE, "in_channels": vae.CHANNELS,
            "out_channels": vae.CHANNELS, "cross_attention_dim": network.WIDTH, "block_out_channels": [64, 160, 256], "layers_per_block": 1,
            "time_cond_proj_dim": None},
        "vae_encoder/config.json": autoencoder, "vae_decoder/config.json": autoencoder,
    }


def preview_factors(work, scaling):
    """Least squares from scaled latents to the mean RGB, -1..1, of the pixels they stand for."""
    parameters = np.load(pathlib.Path(work) / "latents.npy", mmap_mode="r")[::40, :4].astype(np.float64) * scaling
    pictures = np.load(pathlib.Path(work) / "pictures.npy", mmap_mode="r")[::40]
    rgb = pictures.reshape(-1, 16, 4, 16, 4, 3).mean((2, 4)).reshape(-1, 3) / 127.5 - 1
    x = np.concatenate([parameters.transpose(0, 2, 3, 1).reshape(-1, 4), np.ones((len(rgb), 1))], 1)
    solved = np.linalg.lstsq(x, rgb, rcond=None)[0].round(4).tolist()
    return {"factors": solved[:4], "bias": solved[4]}


def manifest(out, version, scaling, preview):
    files = []
    for name in FILES:
        p = out / name
        if p.exists():
            files.append({"path": name, "sha256": hashlib.sha256(p.read_bytes()).hexdigest(), "sizeBytes": p.stat().st_size})
    return {
        "formatVersion": 1, "id": "kiln-mini", "name": "Kiln Mini: icons, patterns, textures", "version": version,
        "description": "Small pictures from words: icons, patterns, textures, gradients and sprites of 64 px. A miniature latent diffusion model in the "
                       "layout of Stable Diffusion, trained briefly from scratch for Kiln. Colours, gradients and textures follow the prompt well; "
                       "simple shapes often; most icons are loose forms. It knows nothing outside this little world.",
        "task": "diffusion", "family": "diffusion", "licence": "MIT", "authors": ["Kiln contributors"],
        "source": "models/training/mini in the Kiln repository", "attribution": ATTRIBUTION, "model": "unet/model.onnx", "files": files,
        "convention": {
            "task": "diffusion", "architecture": "sd",
            "parts": {"textEncoder": "text_encoder/model.onnx", "textEncoder2": None, "denoiser": "unet/model.onnx",
                      "vaeEncoder": "vae_encoder/model.onnx", "vaeDecoder": "vae_decoder/model.onnx"},
            "tokenizer": "tokenizer", "tokenizer2": None, "schedulerConfig": "scheduler/scheduler_config.json",
            "vae": {"scalingFactor": scaling, "shiftFactor": 0, "latentsMean": None, "latentsStd": None, "latentChannels": vae.CHANNELS, "scale": vae.SCALE},
            "latentRgb": preview, "inChannels": vae.CHANNELS, "timestepCondDim": None, "controls": 0, "zeroEmptyNegative": False, "aestheticScore": False,
            "nativeSize": {"width": SIZE, "height": SIZE}, "defaults": {"steps": STEPS, "guidanceScale": GUIDANCE},
            "world": "icons, patterns, textures: gradients, materials and two-colour patterns (\"brown wood texture\"), simple shapes and faces "
                     "(\"pink heart icon\"); most other icons come out as loose forms in the right colours",
            "examplePrompts": list(EXAMPLES),
        },
    }


def parts_of(work):
    """(text encoder, UNet, encoder, decoder, tokenizer); the first two untrained where there is no checkpoint."""
    encoder, decoder = latents.load_vae(work)
    tokenizer = bpe.Tokenizer.load(pathlib.Path(work) / "tokenizer")
    if (pathlib.Path(work) / "diffusion.pt").exists():
        text_encoder, unet = sheet.load(work)[:2]
    else:
        text_encoder, unet = network.TextEncoder(len(tokenizer.ids)), network.UNet()
    return text_encoder, unet, encoder, decoder, tokenizer


def contact_sheet(path, work, text_encoder, unet, decoder, tokenizer, scaling):
    """Above: prompts of the world; below: the 60 held-out captions, in the order of heldout.json."""
    prompts = [*sheet.PROMPTS[:30], *(h["caption"] for h in heldout.load())]
    pictures = sheet.draw(prompts, text_encoder, unet, decoder, tokenizer, scaling, steps=STEPS, guidance=GUIDANCE)
    upper, lower = sheet.tile(list(pictures[:30]), 10), sheet.tile(list(pictures[30:]), 10)
    whole = np.concatenate([upper, np.full((12, upper.shape[1], 3), 128, np.uint8), lower])
    cv2.imwrite(str(path), whole[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--work", default=str(prepare.HERE / ".runs"))
    ap.add_argument("--out", default=str(PACK))
    ap.add_argument("--version", default="0.1.0")
    ap.add_argument("--manifest-only", action="store_true", help="rewrite kiln.json for the files present")
    a = ap.parse_args()
    torch.set_num_threads(1)
    out, work = pathlib.Path(a.out), pathlib.Path(a.work)
    out.mkdir(parents=True, exist_ok=True)
    if a.manifest_only:
        old = json.loads((out / "kiln.json").read_text())["convention"]
        scaling, preview = old["vae"]["scalingFactor"], old["latentRgb"]
    else:
        scaling = latents.prepare(work)[1]
        preview = preview_factors(work, scaling)
        text_encoder, unet, encoder, decoder, tokenizer = parts_of(work)
        contact_sheet(out / "contact-sheet.jpg", work, text_encoder, unet, decoder, tokenizer, scaling)
        graphs.export_all(text_encoder, unet, encoder, decoder, out)
        shutil.rmtree(out / "tokenizer", ignore_errors=True)
        tokenizer.save(out / "tokenizer")
        for name, content in configurations(len(tokenizer.ids), scaling).items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_text(json.dumps(content, indent=2) + "\n")
    (out / "kiln.json").write_text(json.dumps(manifest(out, a.version, scaling, preview), indent=2) + "\n")


if __name__ == "__main__":
    main()
