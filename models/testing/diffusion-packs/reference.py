"""Writes references.json: whole runs of the packs in torch, by loops written from the published definitions.

    /usr/bin/python3 models/testing/diffusion-packs/reference.py     (torch 1.13, numpy; some seconds)

Nothing here is shared with Kiln: own tokens, chunks, guidance, samplers (samplers.py), masks and noise (Philox4x32-10 as CUDA torch has
it). Draws come in the order of diffusers' pipelines: the VAE's for the picture, the initial noise, the VAE's for the masked picture,
then one a step.
"""
import base64
import json
import math
import pathlib
import re
import sys

import numpy as np
import torch

sys.dont_write_bytecode = True

import packs
from cases import CASES
from samplers import CLASSES
from packs import PACKS, SCALING, TOKENIZER, VARIANTS

torch.set_num_threads(1)
HERE = pathlib.Path(__file__).parent


class Philox:
    """One call of randn a counter; torch's own use of Salmon et al.'s generator, as in AUTOMATIC1111's rng_philox.py."""

    def __init__(self, seed):
        self.seed, self.calls = seed, 0

    def randn(self, shape):
        count = math.prod(shape)
        c = [np.full(count, self.calls, np.uint64), np.zeros(count, np.uint64), np.arange(count, dtype=np.uint64), np.zeros(count, np.uint64)]
        k = [np.uint64(self.seed & 0xFFFFFFFF), np.uint64(self.seed >> 32)]
        low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
        for _ in range(10):
            p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
            c = [(p1 >> half) ^ c[1] ^ k[0], p1 & low, (p0 >> half) ^ c[3] ^ k[1], p0 & low]
            k = [(k[0] + np.uint64(0x9E3779B9)) & low, (k[1] + np.uint64(0xBB67AE85)) & low]
        self.calls += 1
        u, v = (w.astype(np.float64) * 2.0**-32 + 2.0**-33 for w in c[:2])
        return torch.from_numpy((np.sqrt(-2 * np.log(u)) * np.sin(v * 2 * np.pi)).astype(np.float32)).reshape(shape)


class TorchCpu:
    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)

    def randn(self, shape):
        return torch.randn(shape, generator=self.generator)


def picture(width, height):
    """The test picture, RGB 0..255, [3,h,w]. inputs.ts has the same."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([(x * 5 + y * 3) % 256, (x * y) % 251, (x * x + 7 * y) % 253]).float()


def mask_of(kind, width, height):
    """0..255, [h,w]. inputs.ts has the same."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    inside = (x >= 13) & (x < 45) & (y >= 20) & (y < 51)
    if kind == "box":
        return inside.float() * 255
    return torch.where(inside, (x * 6).clamp(max=255), torch.tensor(0)).float()


def chunks_of(text):
    ids = TOKENIZER.ids(text)
    return [ids[i : i + 75] for i in range(0, max(len(ids), 1), 75)]


def weighted_chunks(text):
    """One chunk with (words:1.3) in it."""
    ids, weights = [], []
    for plain, marked, weight in re.findall(r"([^()]+)|\(([^:]+):([\d.]+)\)", text):
        new = TOKENIZER.ids(plain or marked)
        ids, weights = ids + new, weights + [float(weight or 1)] * len(new)
    assert len(ids) <= 75
    return [ids], weights


def weighted(states, chunks, weights):
    """AUTOMATIC1111's emphasis: states times weights, then the mean of old."""
    if weights is None:
        return states
    factors = torch.tensor([1.0, *weights, *[1.0] * (76 - len(weights))])
    first = states[:1] * factors[None, :, None]
    return torch.cat([first * states[:1].mean() / first.mean(), states[1:]])


def encode_with(encoder, chunks, pad):
    rows = [[TOKENIZER.start, *c, TOKENIZER.end] for c in chunks]
    return encoder(torch.tensor([[*r, *[pad] * (77 - len(r))] for r in rows]))


class Run:
    def __init__(self, case):
        self.name = case["pack"]
        variant = VARIANTS.get(self.name)
        self.base = variant["base"] if variant else self.name
        self.pack, self.nets = PACKS[self.base], packs.networks(self.base)
        self.keys = dict((variant or self.pack)["scheduler"])
        self.params = {"negativePrompt": "", "width": 64, "height": 64, "sampler": "pack", "sigmas": "pack", "guidanceRescale": 0, "strength": 0.75, "clipSkip": 0, "noise": "philox", "eta": 0, "maskMode": "soft", "maskFill": "original", "variationStrength": 0, **case["params"]}
        self.image, self.mask = case.get("image", False), case.get("mask")
        self.scaling = SCALING.get(self.base, 0.18215)
        self.make_noise = Philox if self.params["noise"] == "philox" else TorchCpu
        self.noise, self.seed = self.make_noise(case["seed"]), case["seed"]

    def round(self, x):
        """What a graph of half precision takes in and gives out."""
        return x.half().float() if self.pack.get("half") else x

    def pad(self, token):
        return TOKENIZER.end if token == packs.END else TOKENIZER.vocab["!"]

    def states(self, text, count, negative):
        chunks, weights = weighted_chunks(text) if "(" in text else (chunks_of(text), None)
        chunks += [[]] * (count - len(chunks))
        skip = self.params["clipSkip"]
        if not self.pack.get("sdxl"):
            encoder = self.nets["text_encoder"]
            last, _, hidden = encode_with(encoder, chunks, self.pad(self.pack["pad"]))
            last = encoder.final_layer_norm(hidden[-1 - skip]) if skip else last
            return self.round(weighted(last, chunks, weights)).reshape(1, count * 77, -1), None
        one = encode_with(self.nets["text_encoder"], chunks, TOKENIZER.end)[2][-2 - skip]
        _, pooled, hidden = encode_with(self.nets["text_encoder_2"], chunks, self.pad("!"))
        states, pooled = torch.cat([one, hidden[-2 - skip]], -1).reshape(1, count * 77, -1), pooled[:1]
        # force_zeros_for_empty_prompt.
        return (states * 0, pooled * 0) if negative and text == "" else (states, pooled)

    def encode(self, pixels):
        """[3,h,w] of 0..255 to latents, drawing when the graph leaves that to the caller; legacy graphs draw by themselves, invisibly."""
        encoder = self.nets["vae_encoder"]
        draws, encoder.draw = self.noise.randn((1, 4, pixels.shape[1] // 8, pixels.shape[2] // 8)), False
        mean, logvar = self.round(encoder(self.round(pixels[None] / 127.5 - 1))).split([4, 4], 1)
        spread = torch.exp(0.5 * logvar.clamp(-30, 20)) * (0 if self.pack["family"] in ("legacy", "controlnet") else 1)
        return (mean + spread * draws) * self.scaling

    def predict(self, x, t, extra):
        p, pack, guidance = self.params, self.pack, self.params["guidanceScale"]
        guided = guidance > 1 and not pack.get("cond")
        count = max(len(chunks_of(p["prompt"])), len(chunks_of(p["negativePrompt"])) if guided else 1)
        sides = ([(p["negativePrompt"], True)] if guided else []) + [(p["prompt"], False)]
        t = torch.tensor(float(int(t) if pack.get("whole_steps") else t))
        outputs = []
        for text, negative in sides:
            states, pooled = self.states(text, count, negative)
            more = []
            if pack.get("sdxl"):
                more = [pooled, torch.tensor([[p["height"], p["width"], 0, 0, p["height"], p["width"]]], dtype=torch.float32)]
            if pack.get("cond"):
                w, half = torch.tensor([guidance - 1.0]) * 1000, pack["cond"] // 2
                f = torch.exp(torch.arange(half, dtype=torch.float32) * -(math.log(10000) / (half - 1)))
                more = [torch.cat([torch.sin(w[:, None] * f), torch.cos(w[:, None] * f)], 1)]
            if pack.get("controls"):
                shown = [picture(p["width"], p["height"]) / 255, mask_of("grey", p["width"], p["height"]).expand(3, -1, -1) / 255]
                more = [torch.stack(shown)[:, None], torch.tensor([[c["weight"]] for c in p["controls"]])]
            given = self.round(x if extra is None else torch.cat([x, extra], 1))
            outputs.append(self.round(self.nets["unet"](given, t, states, *more)))
        if not guided:
            return outputs[0]
        negative, positive = outputs
        out = negative + guidance * (positive - negative)
        rescale = p["guidanceRescale"]
        return rescale * out * positive.std() / out.std() + (1 - rescale) * out

    def initial(self, shape):
        p, before = self.params, getattr(self.noise, "calls", 0)
        own = self.noise.randn(shape)
        if p["variationStrength"] == 0:
            return own
        other = self.make_noise(p["variationSeed"])
        other.calls = before
        to, amount = other.randn(shape), p["variationStrength"]
        angle = torch.acos((own * to).sum() / own.norm() / to.norm())
        return (torch.sin((1 - amount) * angle) * own + torch.sin(amount * angle) * to) / torch.sin(angle)

    def sampler(self):
        p, keys = self.params, dict(self.keys)
        name = keys["_class_name"] if p["sampler"] == "pack" else p["sampler"]
        if name == "DPMSolverSDE":
            name, keys["algorithm_type"] = "DPMSolverMultistepScheduler", "sde-dpmsolver++"
        if "spacing" in p:
            keys["timestep_spacing"] = p["spacing"]
        if p["sigmas"] == "karras":
            keys["use_karras_sigmas"] = True
        return CLASSES[name](keys, p["steps"], p["strength"] if self.image else None, p["eta"])

    @torch.no_grad()
    def latents(self):
        p, sampler = self.params, self.sampler()
        width, height, shape = p["width"], p["height"], (1, 4, p["height"] // 8, p["width"] // 8)
        pixels, masked, nine = picture(width, height), self.mask is not None, self.pack.get("channels") == 9
        clean = extra = mask = None
        if self.image and not (nine and p["strength"] == 1):
            clean = self.encode(pixels)
        noise = self.initial(shape)
        if masked:
            whole = mask_of(self.mask, width, height) / 255
            # Nearest neighbour: latent i looks at pixel 8 i.
            mask = whole[::8, ::8][None, None]
            # Drawn for with four channels too, where it is not used.
            hidden = self.encode(pixels * (whole < 0.5) + 127.5 * (whole >= 0.5))
            if nine:
                extra = torch.cat([(mask >= 0.5).float(), hidden], 1)
        # Inpainting at strength 1 forgets the picture, with four channels too; image to image does not.
        x = noise * sampler.start_scale if clean is None or (masked and p["strength"] == 1) else sampler.noised(clean, noise, sampler.begin)
        following, calls = sampler.begin, len(sampler.times) - sampler.begin

        def held(x):
            """Puts back what the mask keeps, at the noise level of the next call."""
            kept = clean if following == len(sampler.times) else sampler.noised(clean, noise, following)
            share = mask
            if p["maskMode"] == "differential":
                share = ((1 - mask <= (following - sampler.begin) / calls + 1e-6) & (mask > 0)).float()
            return (1 - share) * kept + share * x

        if masked and not nine and p["maskMode"] == "differential":
            x = held(x)
        inputs = []
        for position in range(sampler.begin, len(sampler.times)):
            given = sampler.scaled(x, position)
            inputs.append(round(given.abs().mean().item(), 6))
            output = self.predict(given, sampler.times[position], extra)
            x = sampler.step(output, x, position, lambda: self.noise.randn(shape))
            following = position + 1
            if masked and not nine:
                x = held(x)
        return x, inputs


def main():
    lines = []
    for case in CASES:
        latents, inputs = Run(case).latents()
        values = base64.b64encode(latents.numpy().astype("<f4").tobytes()).decode()
        lines.append(json.dumps({**case, "shape": list(latents.shape[1:]), "inputs": inputs, "latents": values}))
        print(f"{case['name']:60} largest {latents.abs().max().item():8.3f} deviation {latents.std().item():7.3f}")
    (HERE / "references.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
