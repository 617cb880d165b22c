"""What each pack is: its networks, built from a seed, and its configuration files. build_packs.py writes them; reference.py runs them."""
import functools

import torch

from networks import TextEncoder, UNet, VaeDecoder, VaeEncoder, initialise
from tokenizing import END, Tokenizer, learn

CORPUS = """
a red apple icon on a white table, a blue marble texture, night sky gradient with small stars, photo of a grey cat
an oil painting of the harbour in the morning light, blurry, low quality, watermark, bad anatomy
a green glass bottle and a lemon, soft shadows, highly detailed, sharp focus, 35mm film, f1.4
two wooden boats near the old stone bridge under heavy rain while people with yellow umbrellas walk home slowly
"""
TOKENIZER = Tokenizer(learn(CORPUS, 100))
VOCAB = len(TOKENIZER)

TRAINED = {"beta_end": 0.012, "beta_schedule": "scaled_linear", "beta_start": 0.00085, "num_train_timesteps": 1000, "trained_betas": None}
PNDM = {"_class_name": "PNDMScheduler", "_diffusers_version": "0.6.0", **TRAINED, "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1, "clip_sample": False}
# -Infinity is what Python's json writes; JSON.parse refuses it.
DPM = {
    "_class_name": "DPMSolverMultistepScheduler",
    "_diffusers_version": "0.12.0.dev0",
    **TRAINED,
    "algorithm_type": "dpmsolver++",
    "dynamic_thresholding_ratio": 0.995,
    "lambda_min_clipped": float("-inf"),
    "lower_order_final": True,
    "prediction_type": "epsilon",
    "sample_max_value": 1.0,
    "solver_order": 2,
    "solver_type": "midpoint",
    "thresholding": False,
    "variance_type": None,
}
EULER = {
    "_class_name": "EulerDiscreteScheduler",
    "_diffusers_version": "0.19.0.dev0",
    **TRAINED,
    "clip_sample": False,
    "interpolation_type": "linear",
    "prediction_type": "epsilon",
    "sample_max_value": 1.0,
    "set_alpha_to_one": False,
    "skip_prk_steps": True,
    "steps_offset": 1,
    "timestep_spacing": "leading",
    "use_karras_sigmas": False,
}
TURBO = EULER | {"_diffusers_version": "0.24.0.dev0", "timestep_spacing": "trailing", "timestep_type": "discrete", "sigma_max": None, "sigma_min": None}
ANCESTRAL = {key: value for key, value in EULER.items() if key not in ("use_karras_sigmas", "interpolation_type")} | {
    "_class_name": "EulerAncestralDiscreteScheduler",
    "timestep_spacing": "trailing",
}
DDIM = {"_class_name": "DDIMScheduler", "_diffusers_version": "0.8.0", **TRAINED, "clip_sample": False, "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1}
V = DDIM | {"prediction_type": "v_prediction"}
LCM = {
    "_class_name": "LCMScheduler",
    "_diffusers_version": "0.22.0.dev0",
    **TRAINED,
    "clip_sample": False,
    "clip_sample_range": 1.0,
    "dynamic_thresholding_ratio": 0.995,
    "original_inference_steps": 50,
    "prediction_type": "epsilon",
    "rescale_betas_zero_snr": False,
    "sample_max_value": 1.0,
    "set_alpha_to_one": True,
    "steps_offset": 1,
    "thresholding": False,
    "timestep_scaling": 10.0,
    "timestep_spacing": "leading",
}

# family: see README.md. pad: of the (first) tokenizer.
PACKS = {
    "sd15": {"family": "optimum", "seed": 15, "scheduler": PNDM, "pad": END},
    "sd15-legacy": {"family": "legacy", "seed": 115, "scheduler": DPM, "pad": END},
    "sd15-v": {"family": "optimum", "seed": 21, "scheduler": V, "pad": "!", "act": "gelu", "states": True},
    "sd-turbo": {"family": "web", "seed": 22, "scheduler": TURBO, "pad": "!", "act": "gelu", "half": True, "whole_steps": True},
    "sd-turbo-optimum": {"family": "optimum", "seed": 23, "scheduler": TURBO, "pad": "!", "act": "gelu", "whole_steps": True},
    "sdxl": {"family": "optimum", "seed": 100, "scheduler": EULER, "pad": END, "sdxl": True},
    "lcm": {"family": "optimum", "seed": 7, "scheduler": LCM, "pad": END, "cond": 256},
    "inpaint-9": {"family": "optimum", "seed": 9, "scheduler": DDIM, "pad": END, "channels": 9},
    "controlnet": {"family": "controlnet", "seed": 33, "scheduler": PNDM, "pad": END, "controls": 2},
}
# The same graphs with other configuration files.
VARIANTS = {"sdxl-turbo": {"base": "sdxl", "scheduler": ANCESTRAL}}

# Of the last layer's random weights.
REST = 0.2
WIDTH, WIDTH_2, LAYERS = 12, 8, 3
SCALING = {"sdxl": 0.13025}


def settle(unet, pack, seed):
    """
    Makes a denoiser of random weights: for Gaussian data of variance 1 the noise in x is sqrt(1 - a) x on average (and v is nothing).
    The outer layers let x through (and -x, as silu(x) - silu(-x) = x), the last one is fitted by least squares; the random weights
    stay as what the other inputs do. Runs then end at latents of about the size real ones have, instead of blowing rounding up.
    """
    way, last = torch.cat([torch.eye(4), -torch.eye(4)]), unet.up_blocks[1]
    unet.conv_in.weight.mul_(0.3)
    unet.conv_in.weight[:, :4, 1, 1] += way
    for name, parameter in unet.named_parameters():
        if name.endswith(("proj_out.weight", "conv2.weight", "conv_shortcut.weight", "upsamplers.0.conv.weight")):
            parameter.mul_(0.25 if "proj_out" in name else 0.5)
    last.attentions[0].proj_out.weight.mul_(0.5)
    last.resnets[0].conv_shortcut.weight[:, -8:, 0, 0] += torch.eye(8)
    torch.manual_seed(seed)
    items = 96
    sample = torch.randn(items, pack.get("channels", 4), 8, 8)
    times = torch.randint(0, 1000, (items,))
    more = []
    if pack.get("sdxl"):
        more = [torch.randn(items, WIDTH_2), torch.rand(items, 6) * 128]
    if pack.get("cond"):
        more = [torch.randn(items, pack["cond"])]
    if pack.get("controls"):
        more = [torch.rand(pack["controls"], items, 3, 64, 64), torch.ones(pack["controls"], 1)]
    states = torch.randn(items, 77, WIDTH + (WIDTH_2 if pack.get("sdxl") else 0))
    seen = []
    hook = unet.conv_out.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    for i in range(items):
        per = [m[:, i : i + 1] if m.dim() == 5 else m if pack.get("controls") else m[i : i + 1] for m in more]
        unet(sample[i : i + 1], times[i].float(), states[i : i + 1], *per)
    hook.remove()
    sigma = (1 - torch.cumprod(1 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2, 0)).sqrt()[times]
    share = 0 if pack["scheduler"].get("prediction_type") == "v_prediction" else 1
    target = (share * sigma[:, None, None, None] * sample[:, :4]).permute(0, 2, 3, 1).reshape(-1, 4).double()
    features = torch.nn.functional.unfold(torch.cat(seen), 3, padding=1).transpose(1, 2).reshape(-1, 72).double()
    features = torch.cat([features, torch.ones(len(features), 1)], 1)
    fitted = torch.linalg.solve(features.T @ features + 10 * torch.eye(73), features.T @ target).float()
    unet.conv_out.weight.mul_(REST).add_(fitted[:72].T.reshape(4, 8, 3, 3))
    unet.conv_out.bias.mul_(REST).add_(fitted[72])


@functools.lru_cache
def networks(name):
    """The pack's modules by part, with the weights that its graphs hold (rounded to half precision where they do)."""
    pack = PACKS[name]
    seed, legacy = pack["seed"], pack["family"] in ("legacy", "controlnet")
    made = {}
    if pack.get("sdxl"):
        made["text_encoder"] = TextEncoder(VOCAB, WIDTH, LAYERS)
        made["text_encoder_2"] = TextEncoder(VOCAB, WIDTH_2, LAYERS, projection=WIDTH_2, act="gelu")
        made["unet"] = UNet(cross=WIDTH + WIDTH_2, sdxl=WIDTH_2)
    else:
        made["text_encoder"] = TextEncoder(VOCAB, WIDTH, LAYERS, act=pack.get("act", "quick_gelu"))
        made["unet"] = UNet(
            channels=pack.get("channels", 4),
            cross=WIDTH,
            cond=pack.get("cond"),
            controls=pack.get("controls", 0),
        )
    made["vae_encoder"], made["vae_decoder"] = VaeEncoder(draw=legacy), VaeDecoder()
    for index, (part, module) in enumerate(made.items()):
        initialise(module, seed * 10 + index)
    with torch.no_grad():
        # Latents of a size like real ones; a spread that shows when it is left out, or in a graph that draws by itself one that does not.
        quant = made["vae_encoder"].quant_conv
        quant.weight[:4] *= 8
        quant.weight[4:] *= 0.1
        quant.bias[4:] += -24 if legacy else -0.5
        made["vae_decoder"].post_quant_conv.weight *= 0.15
        settle(made["unet"], pack, seed)
        if pack.get("half"):
            for module in made.values():
                for parameter in module.parameters():
                    parameter.copy_(parameter.half().float())
    return made
