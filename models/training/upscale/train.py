"""Train Kiln's upscalers. One command, fixed seed, resumes from its checkpoints:

    nice python3 train.py [x2 x4 sharp clean]

x2 and x4 undo bicubic reduction (faithful); sharp continues x4 with a patch discriminator; clean continues x4 on
pictures with blur, noise and JPEG. Each variant runs its phases (kind, steps, side of the small crop, batch,
learning rate): "l1" Charbonnier, "psnr" the logarithm of each crop's squared error (what PSNR averages), "gan".
bfloat16 autocast in channels-last on one thread; an exponential moving average of the weights is what is exported.
"""
import argparse
import copy
import csv
import math
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as F

import model
import pictures

SEED = 4321
PLANS = {
    "x2": dict(scale=2, start=None, phases=(("l1", 1500, 40, 8, 1e-3), ("psnr", 645, 48, 8, 7e-4))),
    "x4": dict(scale=4, start="x2", phases=(("l1", 300, 32, 8, 7e-4), ("psnr", 450, 40, 8, 6e-4))),
    "sharp": dict(scale=4, start="x4", phases=(("gan", 520, 24, 6, 3e-4), ("gan", 240, 24, 6, 2e-4))),
    "clean": dict(scale=4, start="x4", degraded=True, phases=(("l1", 520, 32, 8, 8e-4), ("l1", 600, 36, 8, 7e-4))),
}
# Share of the discriminator's gradient beside that of the other losses (adaptive, Esser et al. 2021).
ADVERSARIAL = {"sharp": .6}


def luma(x):
    """BT.601 luma in 0..1 of the studio range, [N,1,H,W]."""
    return (x * x.new_tensor([65.481, 128.553, 24.966]).view(1, 3, 1, 1)).sum(1, keepdim=True) / 255


def charbonnier(a, b):
    return ((a - b) ** 2 + 1e-6).sqrt().mean() + .5 * ((luma(a) - luma(b)) ** 2 + 1e-6).sqrt().mean()


def log_error(a, b):
    """Mean over crops of 10 log10 of the luma's squared error, plus a little of the colours'."""
    y = ((luma(a) - luma(b)) ** 2).mean((1, 2, 3))
    c = ((a - b) ** 2).mean((1, 2, 3))
    return (10 * torch.log10(y + 2e-5) + 3 * torch.log10(c + 2e-5)).mean() * .01


def gradients(a, b):
    """L1 between the gradient magnitudes (structure loss of SPSR, Ma et al. 2020)."""
    def g(x):
        y = luma(x)
        dx, dy = y[..., :-1, 1:] - y[..., :-1, :-1], y[..., 1:, :-1] - y[..., :-1, :-1]
        return (dx * dx + dy * dy + 1e-6).sqrt()
    return (g(a) - g(b)).abs().mean()


def grid(a, b, scale):
    """What repeats from cell to cell of the pixel shuffle: the error's local mean for each place in the cell, less the
    mean over all places. Without it the cheapest texture is a checkerboard."""
    d = F.pixel_unshuffle(luma(a) - luma(b), scale)
    d = F.avg_pool2d(d, 5, 1, 2, count_include_pad=False)
    return (d - d.mean(1, keepdim=True)).abs().mean()


def energy(a, b):
    """L1 between local standard deviations of Haar bands (horizontal, vertical, diagonal, two scales; luma, every
    position): asks for texture of the right kinds and not for a copy. Bands apart, because of all bands together a
    checkerboard, which photographs hardly hold, would be the cheapest."""
    loss = 0.0
    x = torch.cat([luma(a), luma(b)])
    for weight in (1.0, .6):
        p, q, r, s = x[..., :-1, :-1], x[..., :-1, 1:], x[..., 1:, :-1], x[..., 1:, 1:]
        bands = torch.cat([p + q - r - s, p - q + r - s, (p - q - r + s) * 1.5], 1) / 2
        local = (F.avg_pool2d(bands * bands, 8, 4) + 1e-6).sqrt()
        made, real = local.chunk(2)
        loss = loss + weight * (made - real).abs().mean()
        x = F.avg_pool2d(x, 2)
    return loss


def validation(data, plan):
    """Small and large uint8-exact crops of held-out photographs."""
    rng, k = np.random.default_rng(5), plan["scale"]
    pairs = []
    for _, image in pictures.heldout(data)[::4]:
        w, h = min(256, image.width), min(256, image.height)
        image = image.crop(((image.width - w) // 2, (image.height - h) // 2, (image.width + w) // 2, (image.height + h) // 2))
        image = pictures.cut(image)
        if plan.get("degraded"):
            small = pictures.degrade(rng, np.asarray(image.resize((256, 256), 3)), k)
            image = image.resize((256, 256), 3)
        else:
            small = np.asarray(pictures.smaller(image, k))
        pairs.append(tuple(torch.from_numpy(np.array(x)).permute(2, 0, 1)[None].float() / 255 for x in (small, np.asarray(image))))
    return pairs


@torch.no_grad()
def validate(net, pairs):
    """Mean luma PSNR in dB, a border of 4 pixels left out."""
    out = []
    for small, large in pairs:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            r = net.residual(small)
        y = F.pixel_shuffle(r.float() + net.base(small), net.scale).clamp(0, 1)
        out.append(-10 * math.log10(float(((luma(y) - luma(large))[..., 4:-4, 4:-4] ** 2).mean()) + 1e-9))
    return sum(out) / len(out)


def transfer(net, state):
    """Start from another scale's weights: head and trunk as they are; the tail repeats each output over its cell."""
    own = net.state_dict()
    for k, v in state.items():
        if k in own and own[k].shape == v.shape:
            own[k] = v
        elif k in ("tail.weight", "tail.bias"):
            a = round((v.shape[0] / 3) ** .5)
            n = net.scale // a
            x = v.view(3, a, a, *v.shape[1:])
            own[k] = x.repeat_interleave(n, 1).repeat_interleave(n, 2).reshape(own[k].shape)
    net.load_state_dict(own)


def locate(phases, step):
    for i, p in enumerate(phases):
        if step < p[1]:
            return i, step
        step -= p[1]
    return len(phases), 0


def plot(log, out):
    """curve.csv -> curve.png: validation PSNR and training loss over the steps."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    rows = list(csv.DictReader(open(log)))
    fig, ax = plt.subplots(1, 2, figsize=(10, 3.4))
    ax[0].plot([int(r["step"]) for r in rows], [float(r["pixel"]) for r in rows], lw=.8)
    ax[0].set(xlabel="step", ylabel="Charbonnier", yscale="log")
    v = [r for r in rows if r["val_psnr"]]
    ax[1].plot([int(r["step"]) for r in v], [float(r["val_psnr"]) for r in v], marker=".")
    ax[1].set(xlabel="step", ylabel="held-out luma PSNR (dB)")
    fig.tight_layout()
    fig.savefig(out, dpi=80)
    plt.close(fig)


def train(name, a):
    plan, runs = PLANS[name], pathlib.Path(a.runs) / name
    runs.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    phases, cl = plan["phases"], torch.channels_last
    net = model.Upscaler(plan["scale"]).to(memory_format=cl)
    critic = model.Discriminator().to(memory_format=cl)
    og = torch.optim.Adam(net.parameters(), 1e-3, betas=(.9, .99))
    od = torch.optim.Adam(critic.parameters(), 2e-4, betas=(.5, .99))
    step, spent, balance = 0, 0.0, None
    checkpoint = runs / "last.pt"
    if checkpoint.exists():
        s = torch.load(checkpoint)
        if s["step"] >= sum(p[1] for p in phases):
            return
        net.load_state_dict(s["net"]); critic.load_state_dict(s["critic"]); og.load_state_dict(s["og"]); od.load_state_dict(s["od"])
        step, spent = s["step"], s["seconds"]
    elif plan["start"]:
        transfer(net, torch.load(pathlib.Path(a.runs) / plan["start"] / "last.pt")["ema"])
    ema = copy.deepcopy(net).requires_grad_(False)
    if checkpoint.exists():
        ema.load_state_dict(s["ema"])
    total = sum(p[1] for p in phases)
    keys = ("pixel", "gradient", "energy", "adversarial", "critic")
    log = runs / "curve.csv"
    if not log.exists():
        log.write_text("step,phase,seconds,lr," + ",".join(keys) + ",val_psnr\n")
    pairs = validation(a.data, plan)
    print(name, "validation at the start", round(validate(ema, pairs), 3), "dB", flush=True)
    current, batches, acc, count = None, None, dict.fromkeys(keys, 0.0), 0
    last_save, began = time.time(), time.time() - spent
    while step < total:
        i, inner = locate(phases, step)
        kind, n, size, batch, lr = phases[i]
        if current != i:
            current = i
            batches = pictures.prefetch(pictures.Sampler(a.cache, SEED + step, plan["scale"], plan.get("degraded", False)), batch, size)
        lr_now = lr * min(1, (inner + 1) / min(100, n / 8)) * (.02 + .98 * .5 * (1 + math.cos(math.pi * inner / n)))
        for o, k in ((og, 1), (od, 3)):
            for group in o.param_groups:
                group["lr"] = lr_now * k
        small, large = (torch.from_numpy(x).contiguous(memory_format=cl) for x in next(batches))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            residual = net.residual(small)
        made = F.pixel_shuffle(residual.float() + net.base(small), net.scale)
        plain = F.interpolate(small, scale_factor=net.scale, mode="bilinear", align_corners=False)
        zero = torch.zeros(())
        parts = {"pixel": charbonnier(made, large), "gradient": zero, "energy": zero, "adversarial": zero, "critic": zero}
        og.zero_grad(set_to_none=True)
        if kind != "gan":
            (parts["pixel"] if kind == "l1" else log_error(made, large)).backward()
        else:
            parts["gradient"], parts["energy"] = gradients(made, large), energy(made, large)
            critic.requires_grad_(True)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                scores, _ = critic(torch.cat([large, made.detach()]), torch.cat([plain, plain]))
            real, fake = scores.float().chunk(2)
            parts["critic"] = F.relu(1 - real).mean() + F.relu(1 + fake).mean()
            od.zero_grad(set_to_none=True)
            parts["critic"].backward()
            od.step()
            critic.requires_grad_(False)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                with torch.no_grad():
                    _, fr = critic(large, plain)
                fake, ff = critic(made, plain)
            match = sum((x.float() - y.float()).abs().mean() for x, y in zip(ff, fr)) / len(ff)
            parts["adversarial"] = -fake.float().mean()
            base = parts["pixel"] + parts["gradient"] + a.energy[min(i, len(a.energy) - 1)] * parts["energy"] + 6 * grid(made, large, net.scale)
            grad, = torch.autograd.grad(base, made, retain_graph=True)
            push, = torch.autograd.grad(parts["adversarial"] + 2 * match, made)
            ratio = float(grad.norm() / (push.norm() + 1e-8))
            balance = ratio if balance is None else .97 * balance + .03 * ratio
            made.backward(grad + min(1.0, inner / 150) * ADVERSARIAL[name] * min(balance, 3 * ratio) * push)
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), .5)
        if torch.isfinite(norm):
            og.step()
        step += 1
        decay = min(.997, (1 + step) / (10 + step))
        with torch.no_grad():
            for p, q in zip(ema.parameters(), net.parameters()):
                p.lerp_(q, 1 - decay)
        for k, v in parts.items():
            acc[k] += float(v.detach())
        count += 1
        save = time.time() - last_save > a.save_seconds or step == total
        if count == 50 or save:
            value = f"{validate(ema, pairs):.4f}" if save else ""
            row = [step, kind + str(size), f"{time.time() - began:.0f}", f"{lr_now:.2e}"] + [f"{acc[k] / count:.5f}" for k in keys] + [value]
            with open(log, "a") as f:
                f.write(",".join(map(str, row)) + "\n")
            print(name, *row, flush=True)
            acc, count = dict.fromkeys(keys, 0.0), 0
        if save:
            state = {"net": net.state_dict(), "critic": critic.state_dict(), "ema": ema.state_dict(), "og": og.state_dict(),
                     "od": od.state_dict(), "step": step, "seconds": time.time() - began}
            torch.save(state, checkpoint.with_suffix(".tmp"))
            checkpoint.with_suffix(".tmp").replace(checkpoint)
            plot(log, runs / "curve.png")
            last_save = time.time()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("variants", nargs="*", default=list(PLANS))
    ap.add_argument("--data", default=str(pictures.DEFAULT_DATA))
    ap.add_argument("--runs", default=str(pictures.HERE / ".runs"))
    ap.add_argument("--cache", default=str(pictures.HERE / ".runs" / "cache"))
    ap.add_argument("--energy", type=float, nargs="+", default=[1.5, .4], help="weight of the band energies in each phase of sharp")
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--save-seconds", type=float, default=90)
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    pictures.build_cache(a.data, a.cache)
    for name in a.variants or list(PLANS):
        train(name, a)


if __name__ == "__main__":
    main()
