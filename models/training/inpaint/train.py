"""Train Kiln Inpaint. One command, fixed seed, resumes from its checkpoint:

    nice python3 train.py [--data ../shared/data] [--runs .runs/main]

The plan is a list of phases (name, steps, crop, batch, learning rate). "pixel" phases use
pixel and SSIM losses; "gan" phases add the patch discriminator, feature matching and local
texture energy; "fidelity" phases minimise what evaluate.py measures (colour SSIM and the log
of the MSE), because texture is added after the model, by Kiln's patch refinement. --init starts
from the weights of another checkpoint. bfloat16 autocast in channels-last; EMA of the weights is what is exported.
"""
import argparse
import copy
import csv
import math
import pathlib
import time

import numpy as np
import torch

import data
import losses
import masks
import model

PLAN = (("pixel", 2000, 128, 12, 5e-4), ("pixel", 2200, 256, 6, 3e-4), ("gan", 5000, 256, 4, 2e-4),
        ("pixel", 450, 256, 6, 1.5e-4), ("fidelity", 850, 192, 4, 2.5e-4))
SEED = 1234
# "adv" is the size of the discriminator's gradient (hinge + 4 x matching) on the fill, as a share of
# the gradient of the other losses (adaptive weight, as in Esser et al., "Taming Transformers", 2021).
LAST_SSIM = 1.0  # SSIM weight of a pixel phase that follows a gan phase
WEIGHTS = {"ssim": 0.2, "energy": 1.5, "adv": 0.6}
FIDELITY_LOG, FIDELITY_PIXEL = 0.06, 0.3  # beside a weight of 1 for SSIM


def parse_plan(text):
    """'pixel:2000:128:12:5e-4,gan:...' -> tuple of phases."""
    return tuple((a, int(b), int(c), int(d), float(e)) for a, b, c, d, e in (p.split(":") for p in text.split(",")))


def locate(plan, step):
    """(phase number, step inside the phase) of a global step."""
    for i, p in enumerate(plan):
        if step < p[1]:
            return i, step
        step -= p[1]
    return len(plan), 0


def validation(root):
    """27 held-out crops with masks: image [n,3,256,256], mask [n,1,256,256]."""
    crops = data.heldout_crops(root, per_photo=3)[::2]
    rng = np.random.default_rng(3)
    img = torch.from_numpy(np.stack([c for _, c in crops]).transpose(0, 3, 1, 2).copy()).float() / 255
    m = np.stack([masks.make(rng, 256, masks.KINDS[i % 4]) for i in range(len(crops))])
    return img, torch.from_numpy(m)[:, None].float()


@torch.no_grad()
def validate(net, img, mask):
    """Mean hole PSNR (dB) and SSIM of the fill."""
    out, like = [], []
    for i in range(0, len(img), 9):
        a, m = img[i:i + 9], mask[i:i + 9]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            pre = net.prefill(a, m).float()
            fill = (pre + net.network(pre, m).float()).clamp(0, 1)
        mse = (((fill - a) ** 2) * m).mean(1).sum((1, 2)) / m.sum((1, 2, 3))
        out.append(-10 * torch.log10(mse + 1e-8))
        like.append(len(a) * (1 - float(losses.ssim_colour(fill, a, m))))
    return float(torch.cat(out).mean()), sum(like) / len(img)


def plot(path_csv, path_png):
    """Draw the loss curve."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    rows = list(csv.DictReader(open(path_csv)))
    if len(rows) < 2:
        return
    fig, ax = plt.subplots(1, 2, figsize=(10, 3.5))
    x = [int(r["step"]) for r in rows]
    for k in ("pixel", "ssim", "energy"):
        ax[0].plot(x, [float(r[k]) for r in rows], label=k)
    ax[0].set_yscale("log"); ax[0].legend(); ax[0].set_xlabel("step")
    v = [(int(r["step"]), float(r["val_psnr"])) for r in rows if r["val_psnr"]]
    ax[1].plot([a for a, _ in v], [b for _, b in v]); ax[1].set_title("held-out hole PSNR (EMA)")
    fig.tight_layout(); fig.savefig(path_png, dpi=80); plt.close(fig)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default=str(data.DEFAULT_DATA))
    ap.add_argument("--runs", default=str(data.HERE / ".runs" / "main"))
    ap.add_argument("--cache", default=str(data.HERE / ".runs" / "cache"))
    ap.add_argument("--plan", type=parse_plan, default=PLAN)
    ap.add_argument("--init", default="", help="start from this checkpoint's EMA weights (see import_onnx.py)")
    ap.add_argument("--decay", type=float, default=.998, help="of the moving average")
    ap.add_argument("--threads", type=int, default=2)
    ap.add_argument("--save-seconds", type=float, default=150)
    for k, v in WEIGHTS.items():
        ap.add_argument(f"--{k}", type=float, default=v)
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(SEED)
    runs = pathlib.Path(a.runs)
    runs.mkdir(parents=True, exist_ok=True)
    data.build_cache(a.data, a.cache)
    cl = torch.channels_last
    g = model.Generator().to(memory_format=cl)
    if a.init:
        g.load_state_dict(torch.load(a.init)["ema"])
    d = model.Discriminator().to(memory_format=cl)
    og = torch.optim.Adam(g.parameters(), 1e-4, betas=(.9, .98))
    od = torch.optim.Adam(d.parameters(), 2e-4, betas=(.5, .98))
    ema = copy.deepcopy(g).requires_grad_(False)
    step, spent = 0, 0.0
    ckpt = runs / "last.pt"
    if ckpt.exists():
        s = torch.load(ckpt)
        g.load_state_dict(s["g"]); d.load_state_dict(s["d"]); ema.load_state_dict(s["ema"])
        og.load_state_dict(s["og"]); od.load_state_dict(s["od"])
        step, spent = s["step"], s["seconds"]
    log_path = runs / "curve.csv"
    keys = ("pixel", "ssim", "energy", "adv", "match", "dloss")
    if not log_path.exists():
        log_path.write_text("step,phase,seconds,lr," + ",".join(keys) + ",val_psnr,val_ssim\n")
    vimg, vmask = validation(a.data)
    if step == 0:
        print("at the start: PSNR, SSIM", *validate(ema, vimg, vmask), flush=True)
    sampler, current, batches = data.Sampler(a.cache, SEED + step), None, None
    total, balance = sum(p[1] for p in a.plan), None
    acc, count, last_save, began = dict.fromkeys(keys, 0.0), 0, time.time(), time.time() - spent
    while step < total:
        i, inner = locate(a.plan, step)
        name, n, size, batch, lr = a.plan[i]
        if current != (size, batch):
            current, batches = (size, batch), data.prefetch(data.Sampler(a.cache, SEED + step), batch, size)
        lr_now = lr * min(1, (inner + 1) / 150) * (0.08 + 0.92 * 0.5 * (1 + math.cos(math.pi * inner / n)))
        for o, k in ((og, 1.0), (od, 2.0)):
            for group in o.param_groups:
                group["lr"] = lr_now * k
        img, mask = (torch.from_numpy(x) for x in next(batches))
        img = img.contiguous(memory_format=cl)
        with torch.no_grad():
            pre = g.prefill(img, mask).contiguous(memory_format=cl)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            res = g.network(pre, mask)
        fill = pre + res.float()
        measure = losses.ssim_colour if name == "fidelity" else losses.ssim
        parts = {"pixel": losses.pixel(fill, img, mask), "ssim": measure(fill, img, mask)}
        if name == "fidelity":
            with torch.no_grad():
                parts["energy"] = losses.energy(fill, img, mask)
            loss = parts["ssim"] + FIDELITY_LOG * losses.log_mse(fill, img, mask) + FIDELITY_PIXEL * parts["pixel"]
        elif name == "pixel":
            with torch.no_grad():
                parts["energy"] = losses.energy(fill, img, mask)
            weight = LAST_SSIM if i and a.plan[i - 1][0] == "gan" else a.ssim
            loss = parts["pixel"] + weight * parts["ssim"]
        else:
            parts["energy"] = losses.energy(fill, img, mask)
            comp = (fill.clamp(-.1, 1.1) * mask + img * (1 - mask)) * 2 - 1
            real = img * 2 - 1
            hole = torch.nn.functional.avg_pool2d(mask, 8)
            d.requires_grad_(True)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                sc, _ = d(torch.cat([real, comp.detach()]), torch.cat([mask, mask]))
            sr, sf = sc.chunk(2)
            parts["dloss"] = losses.hinge_d(sr, sf, hole)
            od.zero_grad(set_to_none=True)
            parts["dloss"].backward()
            od.step()
            d.requires_grad_(False)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                with torch.no_grad():
                    _, fr = d(real, mask)
                sf, ff = d(comp, mask)
            parts["adv"], parts["match"] = losses.hinge_g(sf, hole), losses.matching(ff, fr, mask)
            ramp = min(1.0, inner / 300) if i and a.plan[i - 1][0] != "gan" else 1.0
            base = parts["pixel"] + a.ssim * parts["ssim"] + a.energy * parts["energy"]
            grad, = torch.autograd.grad(base, fill, retain_graph=True)
            push, = torch.autograd.grad(parts["adv"] + 4 * parts["match"], fill)
            ratio = float(grad.norm() / (push.norm() + 1e-8))
            balance = ratio if balance is None else .97 * balance + .03 * ratio
            target = grad + ramp * a.adv * min(balance, 3 * ratio) * push
        og.zero_grad(set_to_none=True)
        if name != "gan":
            loss.backward()
        else:
            fill.backward(target)
        norm = torch.nn.utils.clip_grad_norm_(g.parameters(), 1.0)
        if torch.isfinite(norm):
            og.step()
        step += 1
        decay = min(a.decay, (1 + step) / (10 + step))
        with torch.no_grad():
            for p, q in zip(ema.parameters(), g.parameters()):
                p.lerp_(q, 1 - decay)
        for k, v in parts.items():
            acc[k] += float(v.detach())
        count += 1
        save = time.time() - last_save > a.save_seconds or step == total
        if count == 50 or save:
            val = [f"{v:.4f}" for v in validate(ema, vimg, vmask)] if save else ["", ""]
            row = [step, name + str(size), f"{time.time() - began:.0f}", f"{lr_now:.2e}"]
            row += [f"{acc[k] / count:.5f}" for k in keys] + val
            with open(log_path, "a") as f:
                f.write(",".join(map(str, row)) + "\n")
            print(*row, flush=True)
            acc, count = dict.fromkeys(keys, 0.0), 0
        if save:
            state = {"g": g.state_dict(), "d": d.state_dict(), "ema": ema.state_dict(), "og": og.state_dict(),
                     "od": od.state_dict(), "step": step, "seconds": time.time() - began, "plan": a.plan}
            torch.save(state, ckpt.with_suffix(".tmp"))
            ckpt.with_suffix(".tmp").replace(ckpt)
            plot(log_path, runs / "curve.png")
            last_save = time.time()


if __name__ == "__main__":
    main()
