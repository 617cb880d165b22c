"""The noise schedule of the pack, in diffusers' terms, and a plain sampler to look at checkpoints with."""
import math

import torch

STEPS = 1000
# Exactly what scheduler/scheduler_config.json says.
CONFIG = {
    "_class_name": "DDIMScheduler", "_diffusers_version": "0.30.0", "beta_schedule": "squaredcos_cap_v2", "beta_start": 0.0001, "beta_end": 0.02,
    "trained_betas": None, "num_train_timesteps": STEPS, "prediction_type": "v_prediction", "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing", "clip_sample": False, "set_alpha_to_one": True, "steps_offset": 0, "thresholding": False,
}


def alphas_cumprod():
    """float64 [STEPS]: Nichol and Dhariwal's cosine schedule, then no signal at the last step (Lin et al., 2023, algorithm 1)."""
    bar = lambda t: math.cos((t + .008) / 1.008 * math.pi / 2) ** 2
    betas = torch.tensor([min(1 - bar((i + 1) / STEPS) / bar(i / STEPS), .999) for i in range(STEPS)], dtype=torch.float64)
    root = torch.cumprod(1 - betas, 0).sqrt()
    root = (root - root[-1]) * root[0] / (root[0] - root[-1])
    return root ** 2


@torch.no_grad()
def sample(text_encoder, unet, positive, negative, noise, steps=20, guidance=4.0, device="cpu"):
    """DDIM with trailing timesteps and guidance: ids [b,n] and noise [b,4,h,w] to scaled latents."""
    a = alphas_cumprod().to(device).float()
    states = text_encoder(torch.cat([negative, positive]))[0]
    x = noise
    times = [round(STEPS - k * STEPS / steps) - 1 for k in range(steps)]
    for t in times:
        before = t - STEPS // steps
        alpha, next_alpha = a[t], a[before] if before >= 0 else torch.ones((), device=device)
        u, c = unet(torch.cat([x, x]), torch.tensor(float(t), device=device), states).float().chunk(2)
        v = u + guidance * (c - u)
        clean = alpha.sqrt() * x - (1 - alpha).sqrt() * v
        x = next_alpha.sqrt() * clean + (1 - next_alpha).sqrt() * (alpha.sqrt() * v + (1 - alpha).sqrt() * x)
    return x
