"""Held-out bits per dimension of the flow against a Gaussian and a Gaussian mixture, and a sheet of samples.

    python3 evaluate.py [--checkpoint .runs/main/best.pt] [--sheet ../../packs/kiln-palette/contact-sheet.png]

The baselines see the same training palettes in the same (random) order and jitter; the mixture's size is chosen on the
validation pictures.
"""
import argparse
import json
import math

import cv2
import numpy as np
import torch
from scipy.special import logsumexp

import colour
import data
import model


def gaussian_log_density(x, mean, covariance):
    chol = np.linalg.cholesky(covariance)
    y = np.linalg.solve(chol, (x - mean).T)
    return -.5 * (y ** 2).sum(0) - np.log(np.diag(chol)).sum() - .5 * x.shape[1] * math.log(2 * math.pi)


def mixture(x, k, rng, rounds=25):
    """EM for k full covariances; returns log weights, means, covariances."""
    resp = np.eye(k)[((x[:, None] - x[rng.choice(len(x), k, replace=False)]) ** 2).sum(-1).argmin(1)]
    for _ in range(rounds):
        n = resp.sum(0) + 1e-9
        means = resp.T @ x / n[:, None]
        covariances = np.stack([((x - m) * r[:, None]).T @ (x - m) / w + 4e-4 * np.eye(x.shape[1]) for m, r, w in zip(means, resp.T, n)])
        logs = np.stack([np.log(w / len(x)) + gaussian_log_density(x, m, c) for m, c, w in zip(means, covariances, n)], 1)
        resp = np.exp(logs - logsumexp(logs, 1, keepdims=True))
    return np.log(n / len(x)), means, covariances


def mixture_log_density(x, fitted):
    return logsumexp(np.stack([w + gaussian_log_density(x, m, c) for w, m, c in zip(*fitted)], 1), 1)


def swatches(palettes, columns, w=40, h=26):
    """uint8 [n,5,3] -> BGR sheet; each palette by rising lightness."""
    rows = []
    for i in range(0, len(palettes), columns):
        line = [np.repeat(np.repeat(p[colour.to_oklab(p / 255)[:, 0].argsort()][None], h, 0), w, 1) for p in palettes[i:i + columns]]
        line = [np.concatenate([np.pad(c, ((0, 4), (0, 6), (0, 0)), constant_values=24)]) for c in line]
        rows.append(np.concatenate(line, 1))
    return np.concatenate(rows)[..., ::-1]


def main(argv=None):
    ap = argparse.ArgumentParser()
    ap.add_argument("--checkpoint", default=str(data.HERE / ".runs" / "main" / "best.pt"))
    ap.add_argument("--data", default=str(data.DEFAULT_DATA))
    ap.add_argument("--cache", default=str(data.HERE / ".runs" / "cache"))
    ap.add_argument("--sheet", default=str(data.HERE / ".runs" / "sheet.png"))
    ap.add_argument("--json", default=str(data.HERE / ".runs" / "eval.json"))
    ap.add_argument("--baselines", default=str(data.HERE / "baselines.json"))
    a = ap.parse_args(argv)
    torch.set_num_threads(1)
    d = data.load(a.data, a.cache)
    flow = model.Flow().eval()
    state = torch.load(a.checkpoint)
    flow.load_state_dict(state["flow"])
    rng = np.random.default_rng(12)
    train = np.concatenate([data.dequantised(d["train"], rng) for _ in range(2)]).astype(np.float64)
    train += .012 * rng.normal(size=train.shape)
    tests = [data.dequantised(d["test"], rng) for _ in range(8)]
    valid = data.dequantised(d["validation"], rng)

    def bits(log_density):
        return float(model.bits_per_dimension(log_density).mean())
    with torch.no_grad():
        found = {"flow": float(np.mean([bits(flow.log_likelihood(torch.from_numpy(t))) for t in tests]))}
        z = torch.randn(512, 15, generator=torch.Generator().manual_seed(4))
        x = flow.inverse(z)
        back, log_det = flow(x)
        found["largest |forward(inverse(z)) - z|"] = float((back - z).abs().max())
        exact = flow.double()
        one = x[:1].double()
        jacobian = torch.autograd.functional.jacobian(lambda v: exact(v)[0][0], one)[:, 0]
        found["|log-determinant - that of the Jacobian|"] = float((exact(one)[1][0] - torch.linalg.slogdet(jacobian)[1]).abs())
        flow.float()
    mean, covariance = train.mean(0), np.cov(train.T)
    found["gaussian"] = float(np.mean([bits(gaussian_log_density(t, mean, covariance)) for t in tests]))
    fits = [(bits(mixture_log_density(valid, f)), k, f) for k, f in ((k, mixture(train, k, np.random.default_rng(k))) for k in (20, 60))]
    _, found["mixture components"], best = min(fits, key=lambda f: f[0])
    found["mixture"] = float(np.mean([bits(mixture_log_density(t, best)) for t in tests]))
    found.update({"validation": state["validation_bits"], "step": state["step"], "cpu seconds": state["seconds"],
                  "parameters": sum(p.numel() for p in flow.parameters())})
    # Lower triangles of the inverse Cholesky factors: what a density needs, for e2e/evaluate/palette.ts.
    lower = np.tril_indices(15)

    def component(weight, m, c):
        return {"logWeight": round(float(weight), 5), "mean": np.round(m, 5).tolist(),
                "whitening": np.round(np.linalg.inv(np.linalg.cholesky(c))[lower], 3).tolist()}
    open(a.baselines, "w").write(json.dumps({"gaussian": [component(0, mean, covariance)],
                                             "mixture": [component(*f) for f in zip(*best)]}, separators=(",", ":")) + "\n")
    print(json.dumps(found, indent=1))
    open(a.json, "w").write(json.dumps(found, indent=1) + "\n")
    made = np.round(colour.from_oklab(x.numpy().reshape(-1, 5, 3)) * 255).astype(np.uint8)
    real = d["test"][rng.choice(len(d["test"]), 60, replace=False)]
    cv2.imwrite(a.sheet, np.concatenate([swatches(made[:60], 5), np.full((16, 5 * 206, 3), 255, np.uint8), swatches(real, 5)]))


if __name__ == "__main__":
    main()
