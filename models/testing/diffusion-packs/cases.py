"""What is run: packs, parameters under the names of shared/pipelines/diffusion.ts, seeds."""

APPLE, HARBOUR, BAD = "a red apple icon on a white table", "an oil painting of the harbour in the morning light", "blurry, low quality, watermark"
LONG = (
    "two wooden boats near the old stone bridge under heavy rain while people with yellow umbrellas walk home slowly and a grey cat "
    "looks at the small stars of the night sky over the green glass bottle and the lemon on a white table in soft shadows with sharp "
    "focus and highly detailed marble texture"
)


def case(name, pack, prompt=APPLE, image=False, mask=None, seed=42, **params):
    return {"name": name, "pack": pack, "seed": seed, "image": image, "mask": mask, "params": {"prompt": prompt, **params}}


GUIDED = {"guidanceScale": 7.5, "negativePrompt": BAD}

CASES = [
    case("PNDM, the pack's own", "sd15", steps=8, **GUIDED),
    case("Euler at 64 × 96", "sd15", HARBOUR, steps=6, sampler="EulerDiscreteScheduler", width=64, height=96, **GUIDED),
    case("Euler, trailing, sequential guidance", "sd15", steps=6, sampler="EulerDiscreteScheduler", spacing="trailing", guidanceRuns="sequential", **GUIDED),
    case("Euler ancestral", "sd15", steps=5, sampler="EulerAncestralDiscreteScheduler", **GUIDED),
    case("DPM-Solver++ 2M, Karras", "sd15", HARBOUR, steps=8, sampler="DPMSolverMultistepScheduler", sigmas="karras", **GUIDED),
    case("DPM-Solver++ 2M SDE", "sd15", steps=5, sampler="DPMSolverSDE", **GUIDED),
    case("DDIM with eta", "sd15", steps=6, sampler="DDIMScheduler", eta=0.6, **GUIDED),
    case("Heun", "sd15", steps=4, sampler="HeunDiscreteScheduler", **GUIDED),
    case("UniPC", "sd15", steps=6, sampler="UniPCMultistepScheduler", **GUIDED),
    case("no guidance", "sd15", steps=4, sampler="DDIMScheduler", guidanceScale=1),
    case("empty negative prompt", "sd15", steps=4, sampler="DDIMScheduler", guidanceScale=5),
    case("long prompt of two chunks", "sd15", LONG, steps=4, sampler="DDIMScheduler", **GUIDED),
    case("weights", "sd15", "a (red apple:1.4) icon on a (white:0.6) table", steps=4, sampler="DDIMScheduler", **GUIDED),
    case("long negative prompt", "sd15", steps=4, sampler="DDIMScheduler", guidanceScale=4, negativePrompt=LONG),
    case("torch's noise of the CPU", "sd15", steps=4, sampler="EulerAncestralDiscreteScheduler", noise="torch-cpu", **GUIDED),
    case("seed of 32 bits", "sd15", steps=3, sampler="DDIMScheduler", seed=4294967295, guidanceScale=3),
    case("variation", "sd15", steps=4, sampler="DDIMScheduler", variationSeed=7, variationStrength=0.3, **GUIDED),
    case("image to image, Euler", "sd15", image=True, steps=8, sampler="EulerDiscreteScheduler", strength=0.5, **GUIDED),
    case("image to image, DPM-Solver++ 2M", "sd15", HARBOUR, image=True, steps=8, sampler="DPMSolverMultistepScheduler", strength=0.8, **GUIDED),
    case("image to image, Heun", "sd15", image=True, steps=5, sampler="HeunDiscreteScheduler", strength=0.6, **GUIDED),
    case("image to image, PNDM", "sd15", image=True, steps=10, strength=0.6, **GUIDED),
    case("image to image, UniPC at strength 1", "sd15", image=True, steps=4, sampler="UniPCMultistepScheduler", strength=1, **GUIDED),
    case("image to image, double arithmetic", "sd15", image=True, steps=50, sampler="DDIMScheduler", strength=0.06, guidanceScale=2),
    case("inpainting by blending, DDIM", "sd15", image=True, mask="box", steps=6, sampler="DDIMScheduler", strength=1, **GUIDED),
    case("inpainting by blending, Euler ancestral", "sd15", image=True, mask="box", steps=6, sampler="EulerAncestralDiscreteScheduler", strength=0.7, **GUIDED),
    case("inpainting by blending, soft mask", "sd15", image=True, mask="grey", steps=5, sampler="DDIMScheduler", strength=0.8, **GUIDED),
    case("inpainting, differential", "sd15", image=True, mask="grey", maskMode="differential", steps=6, sampler="EulerDiscreteScheduler", strength=1, **GUIDED),
    case("legacy, the pack's DPM-Solver++", "sd15-legacy", steps=7, **GUIDED),
    case("legacy, image to image", "sd15-legacy", HARBOUR, image=True, steps=6, sampler="EulerDiscreteScheduler", strength=0.67, **GUIDED),
    case("Euler, trailing, one step without guidance", "sd15", steps=1, sampler="EulerDiscreteScheduler", spacing="trailing", guidanceScale=0),
    case("v-prediction", "sd15-v", HARBOUR, steps=6, **GUIDED),
    case("v-prediction, guidance rescale", "sd15-v", steps=6, guidanceRescale=0.7, **GUIDED),
    case("v-prediction, clip skip", "sd15-v", steps=4, clipSkip=1, **GUIDED),
    case("v-prediction, Euler", "sd15-v", steps=5, sampler="EulerDiscreteScheduler", **GUIDED),
    case("v-prediction, DPM-Solver++ 2M", "sd15-v", steps=6, sampler="DPMSolverMultistepScheduler", **GUIDED),
    case("SD-Turbo, one step", "sd-turbo", steps=1, guidanceScale=0),
    case("SD-Turbo, four steps", "sd-turbo", steps=4, guidanceScale=0),
    case("SD-Turbo, image to image", "sd-turbo", image=True, steps=2, strength=0.5, guidanceScale=0),
    case("SD-Turbo in float32, one step", "sd-turbo-optimum", steps=1, guidanceScale=0),
    case("SD-Turbo in float32, four steps", "sd-turbo-optimum", HARBOUR, steps=4, guidanceScale=0),
    case("SD-Turbo in float32, image to image", "sd-turbo-optimum", image=True, steps=2, strength=0.5, guidanceScale=0),
    case("fractional timesteps cut to integers", "sd-turbo-optimum", steps=6, spacing="linspace", guidanceScale=0),
    case("SDXL, negative prompt", "sdxl", steps=6, **GUIDED),
    case("SDXL, no negative prompt", "sdxl", HARBOUR, steps=6, guidanceScale=5),
    case("SDXL at 96 × 64", "sdxl", steps=4, sampler="DPMSolverMultistepScheduler", width=96, height=64, **GUIDED),
    case("SDXL, clip skip", "sdxl", steps=4, clipSkip=1, **GUIDED),
    case("SDXL, long prompt", "sdxl", LONG, steps=4, **GUIDED),
    case("SDXL, image to image", "sdxl", image=True, steps=6, strength=0.6, **GUIDED),
    case("SDXL-Turbo, one step", "sdxl-turbo", steps=1, guidanceScale=0),
    case("SDXL-Turbo, four steps", "sdxl-turbo", HARBOUR, steps=4, guidanceScale=0),
    case("LCM, four steps", "lcm", steps=4, guidanceScale=8.5),
    case("LCM, another guidance", "lcm", HARBOUR, steps=3, guidanceScale=2),
    case("LCM, image to image", "lcm", image=True, steps=4, strength=0.6, guidanceScale=8.5),
    case("nine channels, strength 1", "inpaint-9", image=True, mask="box", steps=5, strength=1, **GUIDED),
    case("nine channels, strength 0.7, Euler", "inpaint-9", image=True, mask="box", steps=6, sampler="EulerDiscreteScheduler", strength=0.7, **GUIDED),
    case("nine channels, grey mask made black and white", "inpaint-9", HARBOUR, image=True, mask="grey", steps=4, sampler="DDIMScheduler", strength=1, guidanceScale=3),
    case("two ControlNets", "controlnet", steps=4, sampler="EulerDiscreteScheduler", controls=[{"weight": 1, "start": 0, "end": 1}, {"weight": 0.4, "start": 0, "end": 1}], **GUIDED),
]
