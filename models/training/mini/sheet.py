"""A contact sheet of a checkpoint: python3 sheet.py [--work .runs] [--out sheet.png] [--heldout] [--guidance 4] [--steps 20]"""
import argparse
import pathlib

import cv2
import numpy as np
import torch

import bpe
import diffusion
import heldout
import latents
import network

PROMPTS = ("red apple icon", "blue marble texture", "night sky gradient", "cat face icon", "rocket icon on a navy background", "green teapot icon",
           "pizza icon", "red and white striped pattern", "brown wood texture", "starry night sky", "grinning face icon", "rainbow icon",
           "blue automobile icon", "red brick wall texture", "white dots on blue", "yellow star on a purple background", "tree icon",
           "house icon on a yellow background", "pink heart icon", "orange and black plaid pattern", "blue sky with clouds", "grey stone wall texture",
           "pixel art sprite of purple book", "photo of lake with snowy mountains", "sunset gradient", "owl icon", "guitar icon", "green camouflage pattern",
           "penguin icon on a pink background", "sunflower icon", "teal circle on a white background", "purple to orange gradient")


@torch.no_grad()
def draw(prompts, text_encoder, unet, decoder, tokenizer, scaling, device="cpu", steps=20, guidance=4.0, seed=1):
    """One picture for each prompt, uint8 [n,64,64,3]."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(len(prompts), 4, 16, 16, generator=generator).to(device)
    ids = [torch.tensor([tokenizer.encode(p, 32) for p in batch], device=device) for batch in (prompts, [""] * len(prompts))]
    x = diffusion.sample(text_encoder, unet, ids[0], ids[1], noise, steps, guidance, device)
    return ((decoder(x / scaling).clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()


def tile(pictures, columns):
    """Pictures in rows."""
    blank = [np.full_like(pictures[0], 255)] * (-len(pictures) % columns)
    rows = [*pictures, *blank]
    return np.concatenate([np.concatenate(rows[i:i + columns], 1) for i in range(0, len(rows), columns)])


def write(path, *parts, prompts=PROMPTS, columns=8, **options):
    cv2.imwrite(str(path), tile(list(draw(prompts, *parts, **options)), columns)[..., ::-1])


def load(work, device="cpu"):
    """(text encoder, UNet, decoder, tokenizer, scaling) of the averaged weights in WORK."""
    work = pathlib.Path(work)
    tokenizer = bpe.Tokenizer.load(work / "tokenizer")
    model = torch.nn.ModuleList([network.TextEncoder(len(tokenizer.ids)), network.UNet()])
    model.load_state_dict(torch.load(work / "diffusion.pt", map_location="cpu")["average"])
    model.requires_grad_(False).eval().to(device)
    return model[0], model[1], latents.load_vae(work, device)[1], tokenizer, latents.prepare(work, device)[1]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--work", default=str(latents.runtime.HERE / ".runs"))
    ap.add_argument("--out", default="sheet.png")
    ap.add_argument("--heldout", action="store_true")
    ap.add_argument("--guidance", type=float, default=4)
    ap.add_argument("--steps", type=int, default=20)
    ap.add_argument("--seed", type=int, default=1)
    a = ap.parse_args()
    torch.set_num_threads(1)
    prompts = [h["caption"] for h in heldout.load()] if a.heldout else PROMPTS
    write(a.out, *load(a.work), prompts=prompts, columns=10 if a.heldout else 8, guidance=a.guidance, steps=a.steps, seed=a.seed)


if __name__ == "__main__":
    main()
