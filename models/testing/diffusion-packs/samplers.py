"""Samplers in torch float32 after their papers and diffusers' definitions, one step at a time: what reference.py's loop runs.

Apart from Kiln's TypeScript schedulers. `position` counts the calls of the whole schedule; a run of less strength begins at `begin`.
"""
import math

import numpy as np
import torch

N = 1000


class Sampler:
    """VP form: x = sqrt(a) x0 + sqrt(1 - a) noise."""

    order = 1
    start_scale = 1.0

    def __init__(self, keys, n, strength=None, eta=0.0):
        self.keys, self.n, self.eta = keys, n, eta
        betas = torch.linspace(keys["beta_start"] ** 0.5, keys["beta_end"] ** 0.5, N) ** 2
        self.alphas = torch.cumprod(1 - betas, 0)
        self.table = np.array(((1 - self.alphas) / self.alphas) ** 0.5)
        self.kind = keys.get("prediction_type", "epsilon")
        self.times = self.schedule()
        self.begin = 0 if strength is None else max(n - min(int(n * strength), n), 0) * self.order
        self.past = []

    def whole_times(self, parts, keep, spacing="leading"):
        spacing = self.keys.get("timestep_spacing", spacing)
        if spacing == "leading":
            return (np.arange(parts) * (N // parts))[::-1][:keep].copy() + self.keys.get("steps_offset", 0)
        if spacing == "linspace":
            return np.linspace(0, N - 1, parts).round()[::-1][:keep].astype(np.int64)
        return np.arange(N, 0, -N / keep).round().astype(np.int64) - 1

    def scaled(self, x, position):
        return x

    def noised(self, clean, noise, position):
        a = self.alphas[self.times[position]] if position < len(self.times) else torch.tensor(1.0)
        return a**0.5 * clean + (1 - a) ** 0.5 * noise

    def split(self, output, x, alpha, sigma):
        """The clean sample and the noise that the model's output implies."""
        if self.kind == "epsilon":
            return (x - sigma * output) / alpha, output
        return alpha * x - sigma * output, alpha * output + sigma * x


class Ddim(Sampler):
    def schedule(self):
        return self.whole_times(self.n, self.n)

    def step(self, output, x, position, draw):
        t = self.times[position]
        before = t - N // self.n
        a = self.alphas[t]
        b = self.alphas[before] if before >= 0 else (torch.tensor(1.0) if self.keys.get("set_alpha_to_one", True) else self.alphas[0])
        clean, direction = self.split(output, x, a**0.5, (1 - a) ** 0.5)
        if self.keys.get("clip_sample", True):
            clean = clean.clamp(-1, 1)
        deviation = self.eta * ((1 - b) / (1 - a) * (1 - a / b)) ** 0.5
        x = b**0.5 * clean + (1 - b - deviation**2) ** 0.5 * direction
        return x + deviation * draw() if self.eta > 0 else x


class Pndm(Sampler):
    def schedule(self):
        up = self.whole_times(self.n, self.n)[::-1]
        return np.concatenate([up[:-1], up[-2:-1], up[-1:]])[::-1].copy()

    def step(self, output, x, position, draw):
        call, t = position - self.begin, int(self.times[position])
        before = t - N // self.n
        if call == 1:
            t, before = t + N // self.n, t
            direction, x = (output + self.past[0]) / 2, self.kept
        else:
            self.past = [output, *self.past][:4]
            weights = ([1], [1.5, -0.5], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24])[len(self.past) - 1]
            direction, self.kept = sum(w * p for w, p in zip(weights, self.past)), x
        a, b = self.alphas[t], self.alphas[before] if before >= 0 else self.alphas[0]
        return (b / a) ** 0.5 * x - (b - a) * direction / (a * (1 - b) ** 0.5 + (a * (1 - a) * b) ** 0.5)


class Sigmas(Sampler):
    """x = x0 + sigma noise."""

    def schedule(self):
        spacing = self.keys.get("timestep_spacing", "linspace")
        times = np.linspace(0, N - 1, self.n, dtype=np.float32)[::-1] if spacing == "linspace" else self.whole_times(self.n, self.n)
        sigmas = np.interp(times, np.arange(N), self.table)
        first = float(np.float32(sigmas.max()))
        self.start_scale = math.hypot(first, 1) if spacing == "leading" else first
        self.sigmas = torch.from_numpy(np.append(sigmas, 0).astype(np.float32))
        return times.astype(np.float32)

    def scaled(self, x, position):
        return x / (self.sigmas[position] ** 2 + 1) ** 0.5

    def noised(self, clean, noise, position):
        return clean + self.sigmas[position] * noise

    def slope(self, output, x, sigma):
        clean = x - sigma * output if self.kind == "epsilon" else output * (-sigma / (sigma**2 + 1) ** 0.5) + x / (sigma**2 + 1)
        return (x - clean) / sigma


class Euler(Sigmas):
    def step(self, output, x, position, draw):
        s, after = self.sigmas[position], self.sigmas[position + 1]
        return x + self.slope(output, x, s) * (after - s)


class Ancestral(Sigmas):
    def step(self, output, x, position, draw):
        s, after = self.sigmas[position], self.sigmas[position + 1]
        up = (after**2 * (s**2 - after**2) / s**2) ** 0.5
        down = (after**2 - up**2) ** 0.5
        return x + self.slope(output, x, s) * (down - s) + draw() * up


class Heun(Sigmas):
    order = 2

    def schedule(self):
        times = super().schedule()
        twice = [0, *(i for i in range(1, self.n) for _ in range(2))]
        self.sigmas = torch.cat([self.sigmas[twice], self.sigmas[-1:]])
        return times[twice]

    def step(self, output, x, position, draw):
        s, after = self.sigmas[position], self.sigmas[position + 1]
        slope = self.slope(output, x, s)
        if self.past:
            first, start, from_sigma = self.past
            self.past = []
            return start + (first + slope) / 2 * (s - from_sigma)
        if after > 0:
            self.past = [slope, x, s]
        return x + slope * (after - s)


class Solver(Sampler):
    """Schedule of DPM-Solver and UniPC: x in VP scale, sigmas between timesteps."""

    def schedule(self):
        times = self.whole_times(self.n + 1, self.n, "linspace")
        if self.keys.get("use_karras_sigmas"):
            high, low = float(self.table[-1]), float(self.table[0])
            sigmas = (high ** (1 / 7) + np.linspace(0, 1, self.n) * (low ** (1 / 7) - high ** (1 / 7))) ** 7
            times = np.array([round(float(np.interp(math.log(s), np.log(self.table), np.arange(N)))) for s in sigmas])
        else:
            sigmas = np.interp(times, np.arange(N), self.table)
        self.sigmas = torch.from_numpy(np.append(sigmas, 0).astype(np.float32))
        return times

    def vp(self, position):
        sigma = self.sigmas[position]
        alpha = 1 / (sigma**2 + 1) ** 0.5
        return alpha, sigma * alpha

    def half_log(self, position):
        alpha, sigma = self.vp(position)
        return torch.log(alpha) - torch.log(sigma)

    def noised(self, clean, noise, position):
        alpha, sigma = self.vp(position)
        return alpha * clean + sigma * noise


class Dpm(Solver):
    """DPM-Solver++ 2M, and its SDE form."""

    def step(self, output, x, position, draw):
        (a0, s0), (at, st) = self.vp(position), self.vp(position + 1)
        self.past = [self.split(output, x, a0, s0)[0], *self.past][:2]
        now = self.past[0]
        h = self.half_log(position + 1) - self.half_log(position)
        sde = self.keys.get("algorithm_type") == "sde-dpmsolver++"
        z = draw() if sde else 0
        if position == self.n - 1:
            return now
        slope = 0
        if len(self.past) > 1:
            slope = (now - self.past[1]) * h / (self.half_log(position) - self.half_log(position - 1))
        if sde:
            g = 1 - torch.exp(-2 * h)
            return st / s0 * torch.exp(-h) * x + at * g * (now + 0.5 * slope) + st * torch.sqrt(g) * z
        return st / s0 * x - at * (torch.exp(-h) - 1) * (now + 0.5 * slope)


class UniPc(Solver):
    """bh2 of order 2 on clean predictions, written out."""

    def step(self, output, x, position, draw):
        clean = self.split(output, x, *self.vp(position))[0]
        if position > self.begin:
            x = self.correct(clean, position)
        self.past = [clean, *self.past][:2]
        self.start, self.used = x, min(2, len(self.past), self.n - position)
        (_, s0), (at, st) = self.vp(position), self.vp(position + 1)
        if position == self.n - 1:
            return clean
        h = self.half_log(position + 1) - self.half_log(position)
        move = st / s0 * x - at * torch.expm1(-h) * clean
        if self.used == 1:
            return move
        r = (self.half_log(position - 1) - self.half_log(position)) / h
        return move - at * torch.expm1(-h) * 0.5 * (self.past[1] - clean) / r

    def correct(self, clean, position):
        (_, s0), (at, st) = self.vp(position - 1), self.vp(position)
        h = self.half_log(position) - self.half_log(position - 1)
        b, before = torch.expm1(-h), self.past[0]
        move = st / s0 * self.start - at * b * before
        if self.used == 1:
            return move - at * b * 0.5 * (clean - before)
        r = (self.half_log(position - 2) - self.half_log(position - 1)) / h
        phi1 = b / -h - 1
        phi2 = phi1 / -h - 0.5
        rows, right = torch.stack([torch.ones(2), torch.stack([r, torch.tensor(1.0)])]), torch.stack([phi1 / b, 2 * phi2 / b])
        w = torch.linalg.solve(rows, right)
        return move - at * b * (w[0] * (self.past[1] - before) / r + w[1] * (clean - before))


class Lcm(Sampler):
    def __init__(self, keys, n, strength=None, eta=0.0):
        self.strength = 1.0 if strength is None else strength
        super().__init__(keys, n)

    def schedule(self):
        grid = np.arange(1, int(50 * self.strength) + 1) * (N // 50) - 1
        return grid[::-1][np.floor(np.linspace(0, len(grid), self.n, endpoint=False)).astype(np.int64)]

    def step(self, output, x, position, draw):
        t = self.times[position]
        a, scaled = self.alphas[t], float(t) * 10
        clean = self.split(output, x, a**0.5, (1 - a) ** 0.5)[0]
        clean = scaled / (scaled**2 + 0.25) ** 0.5 * clean + 0.25 / (scaled**2 + 0.25) * x
        if position + 1 == self.n:
            return clean
        b = self.alphas[self.times[position + 1]]
        return b**0.5 * clean + (1 - b) ** 0.5 * draw()


CLASSES = {
    "DDIMScheduler": Ddim,
    "PNDMScheduler": Pndm,
    "EulerDiscreteScheduler": Euler,
    "EulerAncestralDiscreteScheduler": Ancestral,
    "HeunDiscreteScheduler": Heun,
    "DPMSolverMultistepScheduler": Dpm,
    "UniPCMultistepScheduler": UniPc,
    "LCMScheduler": Lcm,
}
