"""Train the judge of the evaluation; seeded, resumes from WORK/judge.pt, and at its end exports e2e/evaluate/mini-judge/.

    python3 train_judge.py [--work .runs] [--minutes 10] [--device cuda --batch 1024]
    python3 train_judge.py --minutes 0     # export alone

The export holds image.onnx (`pixels` to `embedding`), text.onnx (`input_ids` to `embedding`) and captions.json: the held-out
captions with their ids, and how well the judge finds the caption of four real pictures of each.
"""
import json
import pathlib
import time

import numpy as np
import torch
from torch.nn import functional as F

import bpe
import colours
import graphs
import heldout
import judge
import prepare
import runtime

SEED, RATE = 31, 1.2e-3
OUT = prepare.ROOT / "e2e" / "evaluate" / "mini-judge"


def disturb(x, generator):
    """Blur, noise, shifts and tints, so that the judge sees what is shown rather than how crisply it is drawn."""
    b = len(x)
    soft = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
    x = torch.lerp(x, soft, torch.rand(b, 1, 1, 1, generator=generator))
    dy, dx = torch.randint(-4, 5, (2,), generator=generator).tolist()
    x = F.pad(x, (4, 4, 4, 4), mode="replicate")[..., 4 + dy:68 + dy, 4 + dx:68 + dx]
    tint = 1 + .1 * torch.randn(b, 3, 1, 1, generator=generator).clamp(-2, 2)
    return (x * tint + .08 * torch.rand(b, 1, 1, 1, generator=generator) * torch.randn(x.shape, generator=generator)).clamp(-1, 1)


class Themes:
    """Batches in which pictures share their colour words: what tells their captions apart is then the thing, not the colour."""

    def __init__(self, work, each=16):
        captions = json.loads((work / "captions.json").read_text())
        words = [frozenset(w for w in colours.NAMES if w in texts[0].split(" ")) for texts in captions]
        self.each, self.groups = each, [np.flatnonzero([w in found for found in words]) for w in colours.NAMES]
        self.groups.append(np.flatnonzero([not found for found in words]))

    def draw(self, rng, count):
        chosen = rng.integers(0, len(self.groups), count // self.each)
        return np.sort(np.concatenate([rng.choice(self.groups[k], self.each, replace=False) for k in chosen]))


def pixels_of(pictures):
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


@torch.no_grad()
def retrieval(image_encoder, text_encoder, pictures, ids):
    """Share of pictures [n,k,64,64,3] whose nearest caption among the n is their own; (first, among the first five)."""
    texts = text_encoder(ids)
    found = image_encoder(pixels_of(pictures.reshape(-1, 64, 64, 3))) @ texts.t()
    own = torch.arange(len(pictures)).repeat_interleave(pictures.shape[1])
    rank = (found > found.gather(1, own[:, None])).sum(1)
    return float((rank == 0).float().mean()), float((rank < 5).float().mean())


def export(image_encoder, text_encoder, ids, scores):
    """The two graphs and the captions."""
    OUT.mkdir(parents=True, exist_ok=True)
    graphs.write(image_encoder, (torch.randn(2, 3, 64, 64),), OUT / "image.onnx", ["pixels"], ["embedding"], {"pixels": {0: "batch"}, "embedding": {0: "batch"}})
    graphs.write(text_encoder, (ids[:2],), OUT / "text.onnx", ["input_ids"], ["embedding"], {"input_ids": {0: "batch", 1: "sequence"}, "embedding": {0: "batch"}})
    captions = [{"caption": item["caption"], "ids": row} for item, row in zip(heldout.load(), ids.tolist())]
    text = ",\n".join("    " + json.dumps(c) for c in captions)
    (OUT / "captions.json").write_text(f'{{\n  "onRealPictures": {json.dumps({"top1": round(scores[0], 4), "top5": round(scores[1], 4)})},\n  "captions": [\n{text}\n  ]\n}}\n')


def main():
    a = runtime.arguments(steps=1_000_000, batch=128, minutes=10).parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(SEED)
    work, device, cl = pathlib.Path(a.work), a.device, torch.channels_last
    pictures, tokens = np.load(work / "pictures.npy", mmap_mode="r"), np.load(work / "tokens.npy")
    tokenizer = bpe.Tokenizer.load(work / "tokenizer")
    themes = Themes(work)
    held = np.load(work / "heldout.npy")
    held_ids = torch.tensor([tokenizer.encode(h["caption"], tokens.shape[-1]) for h in heldout.load()])
    model = torch.nn.ModuleList([judge.ImageEncoder(), judge.TextEncoder(len(tokenizer.ids))]).to(device)
    image_encoder, text_encoder = model[0].to(memory_format=cl), model[1]
    average = runtime.Average(model, .995)
    optimiser = torch.optim.AdamW(model.parameters(), RATE, betas=(.9, .98), weight_decay=.05)
    checkpoint = runtime.Checkpoint(work / "judge.pt", {"model": model, "average": average.module, "optimiser": optimiser})
    counters = checkpoint.load(device) or {"step": 0, "seconds": 0.0}
    average.steps = counters["step"]
    rng, generator = np.random.default_rng([SEED, counters["step"]]), torch.Generator().manual_seed(SEED + counters["step"])
    began, saved, total, n = time.time() - counters["seconds"], time.time(), 0.0, 0
    while counters["step"] < a.steps and time.time() - began < a.minutes * 60:
        for group in optimiser.param_groups:
            group["lr"] = runtime.rate_at((time.time() - began) / (a.minutes * 60), RATE)
        index = themes.draw(rng, a.batch)
        ids = torch.from_numpy(tokens[index, rng.integers(0, tokens.shape[1], a.batch)].astype(np.int64)).to(device)
        real = disturb(pixels_of(pictures[index]), generator).to(device)
        with runtime.autocast(device):
            images, texts = image_encoder(real.contiguous(memory_format=cl)), text_encoder(ids)
        loss = judge.contrastive(images.float(), texts.float(), text_encoder.scale)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        average.update(model)
        counters["step"] += 1
        counters["seconds"] = time.time() - began
        total, n = total + float(loss.detach()), n + 1
        if counters["step"] % 100 == 0:
            print(counters["step"], f"{counters['seconds']:.0f}s loss {total / n:.3f}", flush=True)
            total, n = 0.0, 0
        if time.time() - saved > 120:
            saved = time.time()
            checkpoint.save(counters)
            print("held-out real pictures: first %.3f, of five %.3f" % retrieval(average.module[0].cpu(), average.module[1].cpu(), held, held_ids), flush=True)
            average.module.to(device)
    checkpoint.save(counters)
    image_encoder, text_encoder = average.module[0].cpu(), average.module[1].cpu()
    scores = retrieval(image_encoder, text_encoder, held, held_ids)
    print("held-out real pictures: first %.3f, of five %.3f" % scores)
    export(image_encoder.to(memory_format=torch.contiguous_format), text_encoder, held_ids, scores)


if __name__ == "__main__":
    main()
