"""Figures and a sheet of a checkpoint: training textures over fields that were never trained on.

    python3 evaluate.py [--checkpoint .runs/main/last.pt] [--sheets .runs]

pixel error mean absolute difference (levels -1..1) of a tile to the material rendered from the same fields; beside it the error of the material's mean colour
distance    statistics distance (losses.py) of a tile to its texture; beside it that of two crops of the same texture (no
            model does better) and that to another texture (nothing learnt)
energy      gradient energy of the tile over that of the texture: below 1 is blurry
seam        mean absolute difference across the wrap over that between neighbours inside
"""
import argparse
import json

import cv2
import numpy as np
import torch

import data
import losses
import model
import textures


def load(checkpoint, found):
    """Posterior means [N,32] and decoder (EMA), and the checkpoint's step and CPU seconds."""
    s = torch.load(checkpoint, map_location="cpu")
    both = torch.nn.ModuleList([model.Posterior(found.kinds), model.Decoder()])
    both.load_state_dict(s["ema"])
    return both[0].requires_grad_(False), both[1].eval(), s["step"], s["seconds"]


@torch.no_grad()
def decode(decoder, z, fields=None, size=128, seed=11):
    """Tiles [N,4,size,size], each with fields of its own, or with those given."""
    rng, out = np.random.default_rng(seed), []
    for i in range(0, len(z), 8):
        part = z[i:i + 8]
        f = fields[i:i + 8] if fields is not None else np.stack([textures.Field(textures.draw_noise(rng, size, size), size, size).channels() for _ in part])
        out.append(decoder(part, model.wrap(torch.from_numpy(f), model.HALO)))
    return torch.cat(out)


def energy(x):
    """Gradient energy of luminance, [B]."""
    y = x[:, :3].mean(1)
    return (y[:, 1:] - y[:, :-1]).pow(2).mean((1, 2)) + (y[..., 1:] - y[..., :-1]).pow(2).mean((1, 2))


def seam(x):
    """Wrap over interior, [B]."""
    y = x[:, :3].clamp(-1, 1)
    wrap = (y[..., 0] - y[..., -1]).abs().mean((1, 2)) + (y[:, :, 0] - y[:, :, -1]).abs().mean((1, 2))
    inside = (y[..., 1:] - y[..., :-1]).abs().mean((1, 2, 3)) + (y[:, :, 1:] - y[:, :, :-1]).abs().mean((1, 2, 3))
    return wrap / inside


@torch.no_grad()
def figures(posterior, decoder, found):
    """Dictionary of figures, and (real crops, tiles from the same fields) for the sheets."""
    g = torch.Generator().manual_seed(5)
    every = range(len(found))
    (first, fields), (second, _) = (found.crops(every, np.random.default_rng(s), 128, 128) for s in (5, 6))
    first, second = torch.from_numpy(first), torch.from_numpy(second)
    tiles = decode(decoder, posterior.mean, fields)
    n = len(found.materials)

    def distance(a, b):
        return float(torch.cat([losses.statistics(a[i:i + 16], b[i:i + 16], g) for i in range(0, len(a), 16)]).mean())
    error = (tiles[:n] - first[:n]).abs().mean((1, 2, 3))
    flat = (first[:n] - first[:n].mean((2, 3), keepdim=True)).abs().mean((1, 2, 3))
    return {"textures": len(found), "pixel error of materials": float(error.mean()), "pixel error of their mean colour": float(flat.mean()),
            "distance": distance(tiles, first), "distance of two crops": distance(second, first),
            "distance to another": distance(torch.roll(first, 1, 0), first),
            "energy of materials": float((energy(tiles[:n]) / energy(first[:n])).median()),
            "seam": float(seam(tiles).mean()), "kl (nats)": float(losses.kl(posterior.mean, posterior.log_variance).mean())}, first, tiles


def rgb(tile):
    """[4,H,W] -1..1 -> uint8 BGR."""
    return ((tile[:3].clamp(-1, 1) + 1) * 127.5 + .5).byte().permute(1, 2, 0).numpy()[..., ::-1]


def pairs_sheet(real, tiles, which, columns=6):
    """Each texture beside what its latent and fields give."""
    cells = [np.concatenate([rgb(real[i]), rgb(tiles[i]), np.full((128, 8, 3), 255, np.uint8)], 1) for i in which]
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % columns)
    return np.concatenate([np.concatenate(cells[i:i + columns], 1) for i in range(0, len(cells), columns)])


def main(argv=None):
    ap = argparse.ArgumentParser()
    ap.add_argument("--checkpoint", default=str(data.HERE / ".runs" / "main" / "last.pt"))
    ap.add_argument("--data", default=str(data.DEFAULT_DATA))
    ap.add_argument("--cache", default=str(data.HERE / ".runs" / "cache"))
    ap.add_argument("--sheets", default=str(data.HERE / ".runs"))
    a = ap.parse_args(argv)
    torch.set_num_threads(1)
    train, _ = data.load(a.data, a.cache)
    posterior, decoder, step, seconds = load(a.checkpoint, train)
    found = {"step": step, "cpu seconds": round(seconds), "parameters": sum(p.numel() for p in decoder.parameters())}
    figures_of, real, tiles = figures(posterior, decoder, train)
    found.update(figures_of)
    n = len(train)
    cv2.imwrite(f"{a.sheets}/pairs.png", pairs_sheet(real, tiles, range(0, n, max(1, n // 48))))
    print(json.dumps(found, indent=1))
    open(f"{a.sheets}/eval.json", "w").write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
