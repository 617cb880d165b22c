"""A mid-size pack, and how long torch takes for what the pipeline does with it.

    /usr/bin/python3 models/testing/diffusion-packs/bench.py FOLDER [STEPS THREADS]

Without STEPS the pack is written to FOLDER; with them the same weights denoise in torch, and JSON is printed: milliseconds a step (the
quickest of four runs, on one thread and on all) and the process's peak memory in MB. e2e/bench/diffusion-bench.ts calls both.
"""
import json
import os
import pathlib
import resource
import sys
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

sys.dont_write_bytecode = True

import packs
from networks import UNet, initialise
from packs import DDIM, END, PACKS, TOKENIZER, WIDTH
from samplers import Ddim

SIDE, GUIDANCE = 32, 7.5


def unet():
    made = initialise(UNet(cross=WIDTH, widths=(64, 128), time=128), 5)
    with torch.no_grad():
        made.conv_out.weight.mul_(0.1)
    return made


def write(folder):
    import build_packs

    PACKS["mid"] = {"family": "optimum", "seed": 15, "scheduler": DDIM, "pad": END}
    made = {**packs.networks("sd15"), "unet": unet()}
    packs.networks, build_packs.HERE = lambda name: made, folder.parent
    PACKS[folder.name] = PACKS["mid"]
    build_packs.build(folder.name)


@torch.no_grad()
def denoise(net, steps):
    sampler, x, states = Ddim(DDIM, steps), torch.randn(1, 4, SIDE, SIDE), torch.randn(2, 77, WIDTH)
    for position, t in enumerate(sampler.times):
        negative, positive = net(torch.cat([x, x]), torch.tensor(float(t)), states).chunk(2)
        x = sampler.step(negative + GUIDANCE * (positive - negative), x, position, None)


def main():
    folder = pathlib.Path(sys.argv[1])
    if len(sys.argv) == 2:
        write(folder)
        return
    steps, net, times = int(sys.argv[2]), unet(), []
    # On a busy machine torch's threads wait for one another and all are slower than one: its best counts.
    for threads in (1, 1, int(sys.argv[3]), int(sys.argv[3])):
        torch.set_num_threads(threads)
        start = time.perf_counter()
        denoise(net, steps)
        times.append((time.perf_counter() - start) * 1000 / steps)
    print(json.dumps({"msPerStep": min(times), "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}))


main()
