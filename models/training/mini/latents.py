"""The training pictures as latents, made once with the trained encoder and kept in WORK/latents.npy."""
import json
import pathlib

import numpy as np
import torch

import runtime
import vae


def load_vae(work, device="cpu"):
    """The averaged encoder and decoder of WORK/vae.pt."""
    both = torch.nn.ModuleList([vae.Encoder(), vae.Decoder()])
    both.load_state_dict(torch.load(pathlib.Path(work) / "vae.pt", map_location="cpu")["average"])
    both = both.to(device, memory_format=torch.channels_last).requires_grad_(False).eval()
    return both[0], both[1]


@torch.no_grad()
def prepare(work, device="cpu"):
    """Posterior parameters [N,8,16,16] float16, and the scaling factor: one over the latents' standard deviation."""
    work = pathlib.Path(work)
    if not (work / "latents.json").exists():
        pictures = np.load(work / "pictures.npy", mmap_mode="r")
        encoder, _ = load_vae(work, device)
        out = np.lib.format.open_memmap(work / "latents.npy", "w+", np.float16, (len(pictures), 8, 16, 16))
        for i in range(0, len(pictures), 256):
            px = torch.from_numpy(np.array(pictures[i:i + 256])).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1
            with runtime.autocast(device):
                out[i:i + 256] = encoder(px).float().cpu().numpy()
        out.flush()
        some = torch.from_numpy(out[::7].astype(np.float32))
        (work / "latents.json").write_text(json.dumps({"scaling_factor": round(1 / float(vae.draw(some).std()), 5)}))
    return np.load(work / "latents.npy", mmap_mode="r"), json.loads((work / "latents.json").read_text())["scaling_factor"]
