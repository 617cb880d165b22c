"""Train the autoencoder; seeded, resumes from WORK/vae.pt.

    python3 train_vae.py [--work .runs] [--minutes 20] [--device cuda --batch 256]

--decoder-only goes on with the decoder alone, so that latents already made stay valid.
"""
import pathlib
import time

import numpy as np
import torch

import runtime
import vae

SEED, RATE, KL = 77, 8e-4, 2e-3


def main():
    ap = runtime.arguments(steps=100_000, batch=32, minutes=20)
    ap.add_argument("--decoder-only", action="store_true")
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(SEED)
    work, device, cl = pathlib.Path(a.work), a.device, torch.channels_last
    pictures = np.load(work / "pictures.npy", mmap_mode="r")
    encoder, decoder = vae.Encoder().to(device, memory_format=cl), vae.Decoder().to(device, memory_format=cl)
    both = torch.nn.ModuleList([encoder, decoder])
    average = runtime.Average(both, .998)
    optimiser = torch.optim.AdamW(both.parameters(), RATE, betas=(.9, .98), weight_decay=1e-3)
    checkpoint = runtime.Checkpoint(work / "vae.pt", {"vae": both, "average": average.module, "optimiser": optimiser})
    counters = checkpoint.load(device) or {"step": 0, "seconds": 0.0}
    average.steps = counters["step"]
    offset = 0.0
    if a.decoder_only:
        encoder.load_state_dict(average.module[0].state_dict())
        encoder.requires_grad_(False)
        offset = counters["seconds"]
    rng = np.random.default_rng([SEED, counters["step"]])
    began, saved, total, n = time.time() - counters["seconds"], time.time(), 0.0, 0
    while counters["step"] < a.steps and time.time() - began - offset < a.minutes * 60:
        for group in optimiser.param_groups:
            group["lr"] = runtime.rate_at((time.time() - began - offset) / (a.minutes * 60), RATE)
        real = torch.from_numpy(pictures[np.sort(rng.integers(0, len(pictures), a.batch))]).to(device)
        if rng.random() < .5:
            real = real.flip(2)
        real = real.permute(0, 3, 1, 2).float() / 127.5 - 1
        with runtime.autocast(device):
            parameters = encoder(real.contiguous(memory_format=cl))
            made = decoder(vae.draw(parameters).contiguous(memory_format=cl))
        loss = vae.reconstruction(made.float(), real) + KL * vae.kl(parameters)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(both.parameters(), .5)
        optimiser.step()
        average.update(both)
        if a.decoder_only:
            average.module[0].load_state_dict(encoder.state_dict())
        counters["step"] += 1
        total, n = total + float(loss.detach()), n + 1
        if counters["step"] % 50 == 0:
            spread = vae.draw(parameters.detach()).std()
            error = (made.detach().float().clamp(-1, 1) - real).square().mean() / 4
            print(counters["step"], f"{time.time() - began:.0f}s loss {total / n:.4f} psnr {-10 * error.log10():.2f} kl {vae.kl(parameters.detach()):.3f} latent std {spread:.3f}", flush=True)
            total, n = 0.0, 0
        if time.time() - saved > 120:
            saved = time.time()
            checkpoint.save({**counters, "seconds": time.time() - began})
    checkpoint.save({**counters, "seconds": time.time() - began})


if __name__ == "__main__":
    main()
