"""Makes reference-cases.jsonl: whole sampling runs in torch float32, written from the papers' formulas.

    python3 models/schedulers/reference_cases.py     (torch and numpy; about a second)

An implementation apart from the TypeScript one: float32 throughout as torch programs have it, timestep tables by NumPy, noise
from torch's own CPU generator with seed 0. The sample is the ramp and the model is sample * t / (t + 1), as in reference-loop.ts.
"""
import json
import math
import pathlib

import numpy as np
import torch

torch.set_num_threads(1)
N = 1000
STABLE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
ALPHAS = torch.cumprod(1 - torch.linspace(0.00085**0.5, 0.012**0.5, N) ** 2, 0)
TABLE = np.array(((1 - ALPHAS) / ALPHAS) ** 0.5)
LOGS = np.log(TABLE)
PICKED = [1, 100, 400, 767]


def ramp():
    return (torch.arange(768).reshape(3, 8, 8, 4) / 768).permute(3, 0, 1, 2)


def model(sample, t):
    return sample * t / (t + 1)


def karras(high, low, n):
    return (high ** (1 / 7) + np.linspace(0, 1, n) * (low ** (1 / 7) - high ** (1 / 7))) ** 7


def exponential(high, low, n):
    return np.exp(np.linspace(math.log(high), math.log(low), n))


def time_of(sigma):
    log = np.float32(np.log(sigma))
    low = min(int(np.nonzero(log >= LOGS)[0].max()), N - 2)
    weight = np.clip((LOGS[low] - log) / (LOGS[low] - LOGS[low + 1]), 0, 1)
    return float((1 - weight) * low + weight * (low + 1))


def whole_times(n, spacing, offset=0, solver=False):
    if spacing == "linspace":
        return (np.linspace(0, N - 1, n + 1).round()[::-1][:-1] if solver else np.linspace(0, N - 1, n).round()[::-1]).astype(np.int64)
    if spacing == "leading":
        parts = n + 1 if solver else n
        return (np.arange(parts) * (N // parts))[::-1][:n] + offset
    return np.arange(N, 0, -N / n).round().astype(np.int64) - 1


def vp(sigma):
    alpha = 1 / ((sigma**2 + 1) ** 0.5)
    return alpha, sigma * alpha


def lam(sigma):
    alpha, noise = vp(sigma)
    return torch.log(alpha) - torch.log(noise)


def clean(kind, output, x, alpha, sigma):
    return {"epsilon": lambda: (x - sigma * output) / alpha, "v_prediction": lambda: alpha * x - sigma * output, "sample": lambda: output}[kind]()


def noise_of(kind, output, x, alpha, sigma):
    return {"epsilon": lambda: output, "v_prediction": lambda: alpha * output + sigma * x, "sample": lambda: (x - alpha * output) / sigma}[kind]()


def solver_schedule(n, keys, own_last):
    times = whole_times(n, keys.get("timestep_spacing", "linspace"), keys.get("steps_offset", 0), solver=True)
    scheduled = keys.get("use_karras_sigmas") or keys.get("use_exponential_sigmas")
    if keys.get("use_karras_sigmas"):
        sigmas = karras(float(TABLE[-1]), float(TABLE[0]), n)
        times = np.array([round(time_of(s)) for s in sigmas])
    elif scheduled:
        sigmas = exponential(float(TABLE[-1]), float(TABLE[0]), n)
        times = np.array([int(time_of(s)) for s in sigmas])
    else:
        sigmas = np.interp(times, np.arange(N), TABLE)
    last = 0 if keys.get("final_sigmas_type", "zero") == "zero" else (sigmas[-1] if scheduled and own_last else TABLE[0])
    return torch.from_numpy(times.copy()), torch.from_numpy(np.concatenate([sigmas, [last]]).astype(np.float32))


def dpm(n, keys, options):
    order, algorithm = keys.get("solver_order", 2), keys.get("algorithm_type", "dpmsolver++")
    kind, heun = keys.get("prediction_type", "epsilon"), keys.get("solver_type") == "heun"
    times, sigmas = solver_schedule(n, keys, own_last=False)
    short = keys.get("lower_order_final", True) and n < 15
    generator = torch.Generator().manual_seed(0)
    x, past = ramp(), []
    for i, t in enumerate(times):
        convert = clean if algorithm.endswith("++") else noise_of
        past = [convert(kind, model(x, t), x, *vp(sigmas[i])), *past][:order]
        last = i == n - 1 and (short or keys.get("euler_at_final") or keys.get("final_sigmas_type", "zero") == "zero")
        k = 1 if last else min(order, len(past), 2 if i == n - 2 and short else 3)
        (at, st), (a0, s0), h = vp(sigmas[i + 1]), vp(sigmas[i]), lam(sigmas[i + 1]) - lam(sigmas[i])
        z = torch.randn(x.shape, generator=generator) if "sde" in algorithm else 0
        d0, d1, d2 = past[0], 0, 0
        if k > 1:
            r0 = (lam(sigmas[i]) - lam(sigmas[i - 1])) / h
            d1 = (past[0] - past[1]) / r0
        if k > 2:
            r1 = (lam(sigmas[i - 1]) - lam(sigmas[i - 2])) / h
            older = (past[1] - past[2]) / r1
            d1, d2 = d1 + r0 / (r0 + r1) * (d1 - older), (d1 - older) / (r0 + r1)
        exact = k > 2 or heun
        if algorithm == "dpmsolver++":
            e = torch.exp(-h) - 1
            x = st / s0 * x - at * e * d0 + (at * (e / h + 1) if exact else -0.5 * at * e) * d1
            x = x - at * ((e + h) / h**2 - 0.5) * d2 if k > 2 else x
        elif algorithm == "sde-dpmsolver++":
            g = 1 - torch.exp(-2 * h)
            x = st / s0 * torch.exp(-h) * x + at * g * d0 + (at * (g / (-2 * h) + 1) if exact else 0.5 * at * g) * d1 + st * torch.sqrt(g) * z
            x = x + at * ((g - 2 * h) / (2 * h) ** 2 - 0.5) * d2 if k > 2 else x
        elif algorithm == "dpmsolver":
            e = torch.exp(h) - 1
            x = at / a0 * x - st * e * d0 - (st * (e / h - 1) if exact else 0.5 * st * e) * d1
            x = x - st * ((e - h) / h**2 - 0.5) * d2 if k > 2 else x
        else:
            e = torch.exp(h) - 1
            x = at / a0 * x - 2 * st * e * d0 - (2 * st * (e / h - 1) if exact else st * e) * d1 + st * torch.sqrt(torch.exp(2 * h) - 1) * z
    return x


def unipc(n, keys, options):
    order, on_clean = keys.get("solver_order", 2), keys.get("predict_x0", True)
    kind = keys.get("prediction_type", "epsilon")
    times, sigmas = solver_schedule(n, keys, own_last=True)
    past = []

    def transition(i, x, k, corrected):
        (at, st), (a0, s0), h = vp(sigmas[i + 1]), vp(sigmas[i]), lam(sigmas[i + 1]) - lam(sigmas[i])
        ratios = [(lam(sigmas[i - j]) - lam(sigmas[i])) / h for j in range(1, k)]
        differences = [(past[j] - past[0]) / r for j, r in enumerate(ratios, 1)]
        rks, hh = torch.stack([*ratios, torch.tensor(1.0)]), -h if on_clean else h
        phi1 = torch.expm1(hh)
        b_h, phi, factorial, rows, right = hh if keys.get("solver_type") == "bh1" else phi1, phi1 / hh - 1, 1, [], []
        for j in range(1, k + 1):
            rows.append(rks ** (j - 1))
            right.append(phi * factorial / b_h)
            factorial *= j + 1
            phi = phi / hh - 1 / factorial
        rows, right = torch.stack(rows), torch.stack(right)
        scale = at if on_clean else st
        base = (st / s0 if on_clean else at / a0) * x - scale * phi1 * past[0]
        if corrected is None:
            if k == 1:
                return base
            rho = [0.5] if k == 2 else torch.linalg.solve(rows[:-1, :-1], right[:-1])
            return base - scale * b_h * sum(w * d for w, d in zip(rho, differences))
        rho = torch.tensor([0.5]) if k == 1 else torch.linalg.solve(rows, right)
        return base - scale * b_h * (sum(w * d for w, d in zip(rho, differences)) + rho[-1] * (corrected - past[0]))

    x, start, used = ramp(), None, 0
    for i, t in enumerate(times):
        prediction = (clean if on_clean else noise_of)(kind, model(x, t), x, *vp(sigmas[i]))
        if start is not None and i - 1 not in keys.get("disable_corrector", []):
            x = transition(i - 1, start, used, prediction)
        past = [prediction, *past][:order]
        used = min(order, len(past), n - i if keys.get("lower_order_final", True) else order)
        start = x
        x = transition(i, x, used, None)
    return x


def sigma_schedule(n, keys):
    spacing = keys.get("timestep_spacing", "linspace")
    times = np.linspace(0, N - 1, n, dtype=np.float32)[::-1] if spacing == "linspace" else whole_times(n, spacing, keys.get("steps_offset", 0))
    sigmas = np.interp(times, np.arange(N), TABLE)
    for name, make in (("use_karras_sigmas", karras), ("use_exponential_sigmas", exponential)):
        if keys.get(name):
            sigmas = make(sigmas[0].item(), sigmas[-1].item(), n)
            times = np.array([time_of(s) for s in sigmas])
    start = float(np.float32(sigmas.max()))
    return torch.tensor(times.astype(np.float32)), torch.from_numpy(np.append(sigmas, 0).astype(np.float32)), math.hypot(start, 1) if spacing == "leading" else start


def ve_clean(kind, output, x, sigma, raised=None):
    if kind == "epsilon":
        return x - (sigma if raised is None else raised) * output
    return output * (-sigma / (sigma**2 + 1) ** 0.5) + x / (sigma**2 + 1) if kind == "v_prediction" else output


def euler(n, keys, options):
    times, sigmas, start = sigma_schedule(n, keys)
    x, kind, generator = ramp() * start, keys.get("prediction_type", "epsilon"), torch.Generator().manual_seed(0)
    for i, t in enumerate(times):
        s, after = sigmas[i], sigmas[i + 1]
        output = model(x / (s**2 + 1) ** 0.5, t)
        gamma = min(options.get("churn", {}).get("amount", 0) / n, 2**0.5 - 1)
        raised = s * (1 + gamma)
        if gamma > 0:
            x = x + torch.randn(x.shape, generator=generator) * (raised**2 - s**2) ** 0.5
        x = x + (x - ve_clean(kind, output, x, s, raised)) / raised * (after - raised)
    return x


def ancestral(n, keys, options):
    times, sigmas, start = sigma_schedule(n, keys)
    x, kind, generator = ramp() * start, keys.get("prediction_type", "epsilon"), torch.Generator().manual_seed(0)
    for i, t in enumerate(times):
        s, after = sigmas[i], sigmas[i + 1]
        output = model(x / (s**2 + 1) ** 0.5, t)
        up = (after**2 * (s**2 - after**2) / s**2) ** 0.5
        down = (after**2 - up**2) ** 0.5
        x = x + (x - ve_clean(kind, output, x, s)) / s * (down - s) + torch.randn(x.shape, generator=generator) * up
    return x


def heun(n, keys, options):
    times, sigmas, start = sigma_schedule(n, keys)
    x, kind = ramp() * start, keys.get("prediction_type", "epsilon")

    def slope(x, i):
        return (x - ve_clean(kind, model(x / (sigmas[i] ** 2 + 1) ** 0.5, times[i]), x, sigmas[i])) / sigmas[i]

    for i in range(n):
        dt, first = sigmas[i + 1] - sigmas[i], slope(x, i)
        ahead = x + first * dt
        x = ahead if i == n - 1 else x + (first + slope(ahead, i + 1)) / 2 * dt
    return x


def ddim(n, keys, options):
    x, kind, eta = ramp(), keys.get("prediction_type", "epsilon"), options.get("eta", 0)
    generator = torch.Generator().manual_seed(0)
    for t in torch.from_numpy(whole_times(n, keys.get("timestep_spacing", "leading"), keys.get("steps_offset", 0)).copy()):
        before = t - N // n
        a, b = ALPHAS[t], ALPHAS[before] if before >= 0 else (torch.tensor(1.0) if keys.get("set_alpha_to_one", True) else ALPHAS[0])
        output = model(x, t)
        x0, direction = clean(kind, output, x, a**0.5, (1 - a) ** 0.5), noise_of(kind, output, x, a**0.5, (1 - a) ** 0.5)
        x0 = x0.clamp(-1, 1) if keys.get("clip_sample", True) else x0
        deviation = eta * ((1 - b) / (1 - a) * (1 - a / b)) ** 0.5
        x = b**0.5 * x0 + (1 - b - deviation**2) ** 0.5 * direction
        x = x + deviation * torch.randn(x.shape, generator=generator) if eta > 0 else x
    return x


def ddpm(n, keys, options):
    x, kind, generator = ramp(), keys.get("prediction_type", "epsilon"), torch.Generator().manual_seed(0)
    times = torch.from_numpy(whole_times(n, keys.get("timestep_spacing", "leading"), keys.get("steps_offset", 0)).copy())
    for i, t in enumerate(times):
        a, b = ALPHAS[t], ALPHAS[times[i + 1]] if i + 1 < n else torch.tensor(1.0)
        step = 1 - a / b
        x0 = clean(kind, model(x, t), x, a**0.5, (1 - a) ** 0.5).clamp(-1, 1)
        mean = b**0.5 * step / (1 - a) * x0 + (a / b) ** 0.5 * (1 - b) / (1 - a) * x
        variance = step if keys.get("variance_type") == "fixed_large" else torch.clamp((1 - b) / (1 - a) * step, min=1e-20)
        x = mean + variance**0.5 * torch.randn(x.shape, generator=generator) if t > 0 else mean
    return x


def pndm(n, keys, options):
    ascending = whole_times(n, "leading", keys.get("steps_offset", 0))[::-1]
    times = np.concatenate([ascending[:-1], ascending[-2:-1], ascending[-1:]])[::-1]
    x, past, kept = ramp(), [], None
    for call, t in enumerate(int(t) for t in times):
        before, output = t - N // n, model(x, torch.tensor(t))
        if call == 1:
            t, before = t + N // n, t
            direction, x = (output + past[0]) / 2, kept
        else:
            past = [output, *past][:4]
            weights = ([1], [1.5, -0.5], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24])[len(past) - 1]
            direction, kept = sum(w * p for w, p in zip(weights, past)), x
        a, b = ALPHAS[t], ALPHAS[before] if before >= 0 else ALPHAS[0]
        x = (b / a) ** 0.5 * x - (b - a) * direction / (a * (1 - b) ** 0.5 + (a * (1 - a) * b) ** 0.5)
    return x


def grid(n):
    return (np.arange(1, 51) * (N // 50) - 1)[::-1][np.floor(np.linspace(0, 50, n, endpoint=False)).astype(np.int64)]


def lcm(n, keys, options):
    x, generator, times = ramp(), torch.Generator().manual_seed(0), grid(n)
    for i, t in enumerate(times):
        a, scaled = ALPHAS[t], float(t) * 10
        x0 = clean(keys.get("prediction_type", "epsilon"), model(x, torch.tensor(t)), x, a**0.5, (1 - a) ** 0.5)
        x = scaled / (scaled**2 + 0.25) ** 0.5 * x0 + 0.25 / (scaled**2 + 0.25) * x
        if i + 1 < n:
            b = ALPHAS[times[i + 1]]
            x = b**0.5 * x + (1 - b) ** 0.5 * torch.randn(x.shape, generator=generator)
    return x


def tcd(n, keys, options):
    x, generator, times, gamma = ramp(), torch.Generator().manual_seed(0), grid(n), options.get("eta", 0.3)
    for i, t in enumerate(times):
        after = int(times[i + 1]) if i + 1 < n else 0
        a, b, s, output = ALPHAS[t], ALPHAS[after], ALPHAS[math.floor((1 - gamma) * after)], model(x, torch.tensor(t))
        kind = keys.get("prediction_type", "epsilon")
        x = s**0.5 * clean(kind, output, x, a**0.5, (1 - a) ** 0.5) + (1 - s) ** 0.5 * noise_of(kind, output, x, a**0.5, (1 - a) ** 0.5)
        if i + 1 < n and gamma > 0:
            x = (b / s) ** 0.5 * x + (1 - b / s) ** 0.5 * torch.randn(x.shape, generator=generator)
    return x


def flow(n, keys, options):
    shift, generator = keys.get("shift", 1), torch.Generator().manual_seed(0)

    def shifted(s):
        return shift * s / (1 + (shift - 1) * s)

    low = shifted(torch.tensor(1.0) / N).item()
    sigmas = torch.from_numpy(np.append(shifted(np.linspace(N, low * N, n) / N), 0).astype(np.float32))
    x = ramp()
    for s, after in zip(sigmas[:-1], sigmas[1:]):
        output = model(x, s * N)
        if keys.get("stochastic_sampling"):
            x = (1 - after) * (x - s * output) + after * torch.randn(x.shape, generator=generator)
        else:
            x = x + (after - s) * output
    return x


V, X0 = {"prediction_type": "v_prediction"}, {"prediction_type": "sample"}
TRAILING, LEADING = {"timestep_spacing": "trailing"}, {"timestep_spacing": "leading", "steps_offset": 1}
KARRAS, EXPONENTIAL, LOW = {"use_karras_sigmas": True}, {"use_exponential_sigmas": True}, {"final_sigmas_type": "sigma_min"}
HEUN, THIRD, BH1, EPS = {"solver_type": "heun"}, {"solver_order": 3}, {"solver_type": "bh1"}, {"predict_x0": False}
SDE, OLD, OLD_SDE = ({"algorithm_type": name} for name in ("sde-dpmsolver++", "dpmsolver", "sde-dpmsolver"))
RUNS = [
    ("DPMSolverMultistepScheduler", dpm, [{}, THIRD, HEUN, KARRAS, EXPONENTIAL | THIRD, TRAILING | V, LEADING | X0, SDE, SDE | THIRD | KARRAS, SDE | HEUN, OLD | LOW, OLD | LOW | THIRD | V, OLD | LOW | HEUN, OLD_SDE | LOW | V, OLD_SDE | LOW | V | HEUN, LOW | {"euler_at_final": True}, LOW | THIRD | {"lower_order_final": False}]),
    ("UniPCMultistepScheduler", unipc, [{}, THIRD, THIRD | BH1 | LOW, KARRAS, EXPONENTIAL | THIRD | V, TRAILING | V | {"solver_order": 1}, EPS | LOW | V, LEADING | X0, LOW | THIRD | {"lower_order_final": False}, {"disable_corrector": [0, 1]}, EPS | LOW | THIRD | BH1]),
    ("EulerDiscreteScheduler", euler, [{}, KARRAS, EXPONENTIAL, LEADING | V, TRAILING | X0, LEADING | KARRAS | V]),
    ("EulerAncestralDiscreteScheduler", ancestral, [{}, TRAILING, LEADING | V]),
    ("HeunDiscreteScheduler", heun, [{}, KARRAS | V, TRAILING | X0, LEADING]),
    ("DDIMScheduler", ddim, [{}, {"clip_sample": False, "set_alpha_to_one": False} | LEADING, TRAILING | V, X0 | {"timestep_spacing": "linspace"}]),
    ("DDPMScheduler", ddpm, [{}, TRAILING | V, {"variance_type": "fixed_large"}]),
    ("PNDMScheduler", pndm, [{"skip_prk_steps": True, "steps_offset": 1}]),
    ("LCMScheduler", lcm, [{}, V]),
    ("TCDScheduler", tcd, [{}, V]),
    ("FlowMatchEulerDiscreteScheduler", flow, [{}, {"shift": 3.0}, {"shift": 3.0, "stochastic_sampling": True}]),
]
WITH_OPTIONS = [
    ("DDIMScheduler", ddim, {"clip_sample": False}, {"eta": 0.7}),
    ("EulerDiscreteScheduler", euler, {}, {"churn": {"amount": 3}}),
    ("TCDScheduler", tcd, {}, {"eta": 0.8}),
]


def main():
    cases = [(name, run, keys, {}, n) for name, run, variants in RUNS for keys in variants for n in (4, 20)]
    cases += [(name, run, keys, options, 10) for name, run, keys, options in WITH_OPTIONS]
    lines = []
    for name, run, keys, options, n in cases:
        keys = keys if name.startswith("Flow") else STABLE | keys
        x = run(n, keys, options).flatten()
        picked = [float(f"{v:.8g}") for v in x[PICKED].tolist()]
        mean = float(f"{x.abs().double().mean().item():.8g}")
        lines.append(json.dumps({"className": name, "keys": keys, "options": options, "steps": n, "picked": picked, "mean": mean}))
    pathlib.Path(__file__).with_name("reference-cases.jsonl").write_text("\n".join(lines) + "\n")


main()
