"""Train the text encoder and the UNet together on cached latents; seeded, resumes from WORK/diffusion.pt.

    python3 train.py [--work .runs] [--minutes 75] [--device cuda --batch 512]

Velocity prediction with plain squared error (weight SNR + 1 on the clean latent), which also trains the last timestep, where
there is no signal; a tenth of the captions is dropped for guidance. Every --sheet minutes it draws WORK/sheet.png.
"""
import pathlib
import time

import numpy as np
import torch

import bpe
import diffusion
import latents
import network
import prepare
import runtime
import sheet
import vae

SEED, RATE, DROPPED = 99, 8e-4, .1
# Timesteps are drawn more often where noise is strong, as forms are decided there (Esser et al., 2024): 1 is evenly.
SHIFT = 2.0
# Share of each source in a batch, in the order of prepare.SOURCES.
SHARES = (.27, .29, .15, .22, .02, .04, .01)


class Examples:
    """Batches of (posterior parameters, caption ids), by the shares and, within a source, by importance."""

    def __init__(self, work, parameters, tokenizer):
        source = np.load(work / "source.npy")
        self.parameters, self.tokens = parameters, np.load(work / "tokens.npy")
        importance = np.load(work / "importance.npy").astype(np.float64)
        self.groups = [np.flatnonzero(source == k) for k in range(len(prepare.SOURCES))]
        self.cumulated = [np.cumsum(importance[g]) for g in self.groups]
        self.eos = tokenizer.eos
        self.empty = np.array(tokenizer.encode("", self.tokens.shape[-1]), np.int16)

    def draw(self, rng, count):
        shares = np.array([s if len(g) else 0 for s, g in zip(SHARES, self.groups)])
        which = rng.choice(len(SHARES), count, p=shares / shares.sum())
        places = [np.searchsorted(self.cumulated[k], rng.random() * self.cumulated[k][-1], side="right") for k in which]
        index = np.sort([self.groups[k][place] for k, place in zip(which, places)])
        ids = self.tokens[index, rng.integers(0, self.tokens.shape[1], count)].copy()
        ids[rng.random(count) < DROPPED] = self.empty
        longest = int((ids != self.eos).sum(1).max()) + 1
        return torch.from_numpy(self.parameters[index].astype(np.float32)), torch.from_numpy(ids[:, :longest].astype(np.int64))


def main():
    ap = runtime.arguments(steps=1_000_000, batch=64, minutes=75)
    ap.add_argument("--sheet", type=float, default=10, help="minutes between contact sheets")
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(SEED)
    work, device, cl = pathlib.Path(a.work), a.device, torch.channels_last
    parameters, scaling = latents.prepare(work, device)
    _, decoder = latents.load_vae(work, device)
    tokenizer = bpe.Tokenizer.load(work / "tokenizer")
    examples = Examples(work, parameters, tokenizer)
    model = torch.nn.ModuleList([network.TextEncoder(len(tokenizer.ids)), network.UNet()]).to(device)
    text_encoder, unet = model[0], model[1].to(memory_format=cl)
    average = runtime.Average(model, .9985)
    optimiser = torch.optim.AdamW(model.parameters(), RATE, betas=(.9, .97), weight_decay=.01, fused=True)
    checkpoint = runtime.Checkpoint(work / "diffusion.pt", {"model": model, "average": average.module, "optimiser": optimiser})
    counters = checkpoint.load(device) or {"step": 0, "seconds": 0.0}
    average.steps = counters["step"]
    rng = np.random.default_rng([SEED, counters["step"]])
    torch.manual_seed(SEED + counters["step"])
    alphas = diffusion.alphas_cumprod().float().to(device)
    began, total, n = time.time() - counters["seconds"], 0.0, 0
    saved = drawn = time.time()
    with open(work / "diffusion.csv", "a") as log:
        while counters["step"] < a.steps and time.time() - began < a.minutes * 60:
            for group in optimiser.param_groups:
                group["lr"] = runtime.rate_at((time.time() - began) / (a.minutes * 60), RATE)
            posterior, ids = (t.to(device) for t in examples.draw(rng, a.batch))
            clean = vae.draw(posterior) * scaling
            u = torch.rand(len(clean), device=device)
            t = (diffusion.STEPS * SHIFT * u / (1 + (SHIFT - 1) * u)).long().clamp(max=diffusion.STEPS - 1)
            alpha = alphas[t][:, None, None, None]
            noise = torch.randn_like(clean)
            noisy = alpha.sqrt() * clean + (1 - alpha).sqrt() * noise
            velocity = alpha.sqrt() * noise - (1 - alpha).sqrt() * clean
            with runtime.autocast(device):
                made = unet(noisy.contiguous(memory_format=cl), t.float(), text_encoder(ids)[0])
            loss = (made.float() - velocity).square().mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            average.update(model)
            counters["step"] += 1
            total, n = total + float(loss.detach()), n + 1
            if counters["step"] % 50 == 0:
                line = f"{counters['step']},{time.time() - began:.0f},{total / n:.4f}"
                print(line, flush=True)
                log.write(line + "\n")
                total, n = 0.0, 0
            now, counters["seconds"] = time.time(), time.time() - began
            if now - saved > 150:
                saved = now
                checkpoint.save(counters)
                log.flush()
            if now - drawn > a.sheet * 60:
                drawn = now
                sheet.write(work / "sheet.png", average.module[0], average.module[1], decoder, tokenizer, scaling, device)
    checkpoint.save(counters)
    sheet.write(work / "sheet.png", average.module[0], average.module[1], decoder, tokenizer, scaling, device)


if __name__ == "__main__":
    main()
