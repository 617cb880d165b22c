import { describe, expect, it } from 'vitest';
import { diffusionParamsSchema } from '../pipelines/diffusion.ts';
import { readA1111, writeA1111 } from './a1111.ts';
import { readComfyUi } from './comfyui.ts';
import { readInvokeAi, writeInvokeAi } from './invokeai.ts';
import type { MadeWith } from './made-with.ts';
import { readForeign } from './read-foreign.ts';
import { a1111Sampler, readSampler } from './samplers.ts';

const infotext = `masterpiece, (a castle:1.2) on a hill, [fog] <lora:paper cut:0.8>, evening
second line
Negative prompt: blurry, lowres
ugly
Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 6.5, Seed: 4294967295, Size: 640x448, Model hash: 6ce0161689, Model: v1-5-pruned-emaonly, Variation seed: 77, Variation seed strength: 0.25, Denoising strength: 0.4, Clip skip: 2, RNG: CPU, Hires upscale: 1.5, Hires steps: 12, Hires upscaler: Latent, Lora hashes: "paper cut: 1234, other: 5678", Version: v1.7.0`;

describe('settings from A1111', () => {
  it('are all read', () => {
    const found = readA1111(infotext)!;
    expect(found).toMatchObject({ program: 'AUTOMATIC1111', model: 'v1-5-pruned-emaonly', seed: 4294967295, notes: [] });
    expect(found.loras).toEqual([{ name: 'paper cut', weight: 0.8 }]);
    expect(found.params).toMatchObject({
      prompt: 'masterpiece, (a castle:1.2) on a hill, [fog], evening\nsecond line',
      negativePrompt: 'blurry, lowres\nugly',
      sampler: 'DPMSolverMultistepScheduler',
      sigmas: 'karras',
      steps: 28,
      guidanceScale: 6.5,
      width: 640,
      height: 448,
      variationSeed: 77,
      variationStrength: 0.25,
      clipSkip: 1,
      noise: 'torch-cpu',
      highResScale: 1.5,
      highResStrength: 0.4,
      highResSteps: 12,
    });
  });

  it('of newer versions name the schedule by itself, and image-to-image says so', () => {
    const found = readA1111(
      'a cat\nSteps: 20, Sampler: Euler a, Schedule type: Automatic, CFG scale: 7, Seed: 1, Size: 512x512, Denoising strength: 0.55, Version: f2.0.1v1.10.1',
    )!;
    expect(found.program).toBe('Stable Diffusion WebUI Forge');
    expect(found.params).toMatchObject({
      sampler: 'EulerAncestralDiscreteScheduler',
      sigmas: 'pack',
      noise: 'philox',
      strength: 0.55,
      highResScale: 1,
    });
    expect(found.notes.join()).toContain('another picture');
    const automatic = readA1111('x\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Automatic, Seed: 1, CFG scale: 7')!;
    expect(automatic.params.sigmas).toBe('karras');
    expect(readA1111('x\nSteps: 20, Sampler: DPM++ 2M, Schedule type: SGM Uniform, Seed: 1')!.params.spacing).toBe('trailing');
  });

  it('may hold JSON, quotes and brackets that do not match', () => {
    const civitai = 'x\nSteps: 9, Sampler: Euler, Civitai resources: [{"a":1,"b":"x, Seed: 5"},{"c":2}], Seed: 3, CFG scale: 2';
    expect(readA1111(civitai)!.seed).toBe(3);
    const torn = 'x\nSteps: 9, Model: odd[name, Seed: 3, Note: "never closed, CFG scale: 2';
    expect(readA1111(torn)).toMatchObject({ model: 'odd[name', seed: 3, params: { steps: 9 } });
  });

  it('are brought into their ranges, and what Kiln lacks is said', () => {
    const wild = readA1111(
      'from [a:b:0.5] to <hypernet:x:1>\nSteps: 9999999, Sampler: DPM adaptive, CFG scale: 1e9, Seed: 99999999999999, Size: 99999x0, Clip skip: -5, Refiner: sdxl',
    )!;
    expect(wild.params).toMatchObject({ steps: 150, guidanceScale: 30, width: 4096, height: 0, clipSkip: 0 });
    expect(wild.seed).toBe(Number(99999999999999n & 0xffffffffn));
    const said = wild.notes.join(' ');
    for (const word of ['seed', 'closest', 'refiner', 'between steps', 'hypernetwork']) expect(said).toContain(word);
  });

  it('are not found where there are none, however long or odd the text', () => {
    for (const text of ['', 'a cat', 'Steps', 'Negative prompt: x', '\0'.repeat(100), 'Steps: '.repeat(10)])
      expect(readA1111(text)).toBeNull();
    const begun = performance.now();
    expect(readA1111(`${'<lora:'.repeat(100_000)}${'[:'.repeat(100_000)}\nSteps: 1, ${'a:"\\'.repeat(100_000)}`)?.params.steps).toBe(1);
    expect(
      readForeign(
        new Map([
          ['parameters', '{"a":"' + '\\"'.repeat(500_000)],
          ['prompt', '['.repeat(1_000_000)],
        ]),
      ),
    ).toBeNull();
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

describe('samplers', () => {
  it.each([
    ['Euler a', '', 'EulerAncestralDiscreteScheduler', 'pack'],
    ['DPM++ 2M SDE Karras', '', 'DPMSolverSDE', 'karras'],
    ['DPM++ 2M', 'Exponential', 'DPMSolverMultistepScheduler', 'exponential'],
    ['dpmpp_2m_sde_gpu', 'karras', 'DPMSolverSDE', 'karras'],
    ['euler_ancestral', 'normal', 'EulerAncestralDiscreteScheduler', 'pack'],
    ['uni_pc', 'beta', 'UniPCMultistepScheduler', 'beta'],
    ['dpmpp_2m_k', '', 'DPMSolverMultistepScheduler', 'karras'],
    ['euler_a', '', 'EulerAncestralDiscreteScheduler', 'pack'],
    ['k_euler', '', 'EulerDiscreteScheduler', 'pack'],
    ['PLMS', '', 'PNDMScheduler', 'pack'],
    ['Euler A Trailing', '', 'EulerAncestralDiscreteScheduler', 'pack'],
  ])('%s %s', (name, schedule, sampler, sigmas) => {
    expect(readSampler(name, schedule)).toMatchObject({ sampler, sigmas, exact: true });
  });

  it('keep their meaning through a round of A1111’s names', () => {
    for (const sampler of [
      'DDIMScheduler',
      'EulerDiscreteScheduler',
      'HeunDiscreteScheduler',
      'DPMSolverSDE',
      'LCMScheduler',
      'TCDScheduler',
    ] as const) {
      for (const sigmas of ['karras', 'exponential', 'beta'] as const) {
        const named = a1111Sampler(sampler, { sigmas, spacing: 'pack' });
        expect(readSampler(named.sampler!, named.schedule)).toMatchObject({ sampler, sigmas });
      }
    }
    expect(readSampler('__proto__')).toMatchObject({ sampler: 'pack', exact: false });
    expect(readSampler('constructor')).toMatchObject({ sampler: 'pack', exact: false });
  });
});

const graph = {
  '3': {
    class_type: 'KSampler',
    inputs: {
      seed: 156680208700286,
      steps: 20,
      cfg: 8,
      sampler_name: 'dpmpp_2m',
      scheduler: 'karras',
      denoise: 1,
      model: ['10', 0],
      positive: ['6', 0],
      negative: ['7', 0],
      latent_image: ['5', 0],
    },
    is_changed: ['NaN'],
  },
  '4': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'sd15/dreamshaper_8.safetensors' } },
  '5': { class_type: 'EmptyLatentImage', inputs: { width: 512, height: 768, batch_size: 1 } },
  '6': { class_type: 'CLIPTextEncode', inputs: { text: ['20', 0], clip: ['11', 0] } },
  '7': { class_type: 'CLIPTextEncode', inputs: { text: 'watermark', clip: ['11', 0] } },
  '8': { class_type: 'VAEDecode', inputs: { samples: ['3', 0], vae: ['4', 2] } },
  '9': { class_type: 'SaveImage', inputs: { filename_prefix: 'ComfyUI', images: ['8', 0] } },
  '10': {
    class_type: 'LoraLoader',
    inputs: { lora_name: 'style/paper_cut.safetensors', strength_model: 0.7, strength_clip: 1, model: ['4', 0], clip: ['4', 1] },
  },
  '11': { class_type: 'CLIPSetLastLayer', inputs: { stop_at_clip_layer: -2, clip: ['10', 1] } },
  '20': { class_type: 'PrimitiveString', inputs: { value: 'a glass bottle' } },
};

describe('settings from ComfyUI', () => {
  it('are walked to from the saved picture', () => {
    const found = readComfyUi(JSON.stringify(graph).replace('"NaN"', 'NaN'), null)!;
    expect(found).toMatchObject({ program: 'ComfyUI', model: 'dreamshaper_8', loras: [{ name: 'paper_cut', weight: 0.7 }] });
    expect(found.params).toMatchObject({
      prompt: 'a glass bottle',
      negativePrompt: 'watermark',
      width: 512,
      height: 768,
      steps: 20,
      guidanceScale: 8,
      sampler: 'DPMSolverMultistepScheduler',
      sigmas: 'karras',
      clipSkip: 1,
      noise: 'torch-cpu',
    });
    expect(found.notes.join()).toContain('156680208700286');
  });

  it('of two samplers in a row become the high-resolution fix', () => {
    const two = {
      ...graph,
      '30': { class_type: 'LatentUpscaleBy', inputs: { samples: ['3', 0], scale_by: 1.5 } },
      '31': {
        class_type: 'KSampler',
        inputs: { ...graph['3'].inputs, seed: 5, steps: 14, denoise: 0.5, latent_image: ['30', 0] },
      },
      '8': { class_type: 'VAEDecode', inputs: { samples: ['31', 0], vae: ['4', 2] } },
    };
    expect(readComfyUi(JSON.stringify(two), null)!.params).toMatchObject({
      width: 512,
      highResScale: 1.5,
      highResStrength: 0.5,
      highResSteps: 14,
      steps: 20,
    });
  });

  it('are read from custom samplers, control nodes and image-to-image', () => {
    const custom = {
      a: {
        class_type: 'SamplerCustomAdvanced',
        inputs: { noise: ['n', 0], guider: ['g', 0], sampler: ['s', 0], sigmas: ['b', 0], latent_image: ['v', 0] },
      },
      n: { class_type: 'RandomNoise', inputs: { noise_seed: 9 } },
      g: { class_type: 'CFGGuider', inputs: { cfg: 3.5, model: ['m', 0], positive: ['c', 0], negative: ['c', 1] } },
      c: { class_type: 'ControlNetApplyAdvanced', inputs: { positive: ['p', 0], negative: ['q', 0], control_net: ['k', 0], strength: 1 } },
      p: { class_type: 'CLIPTextEncodeSDXL', inputs: { text_g: 'wide', text_l: 'near' } },
      q: { class_type: 'CLIPTextEncode', inputs: { text: 'bad' } },
      s: { class_type: 'KSamplerSelect', inputs: { sampler_name: 'euler' } },
      b: { class_type: 'BasicScheduler', inputs: { scheduler: 'sgm_uniform', steps: 8, denoise: 0.6, model: ['m', 0] } },
      v: { class_type: 'VAEEncode', inputs: { pixels: ['l', 0] } },
      l: { class_type: 'LoadImage', inputs: { image: 'x.png' } },
      m: { class_type: 'UNETLoader', inputs: { unet_name: 'x.safetensors' } },
    };
    const found = readComfyUi(JSON.stringify(custom), null)!;
    expect(found).toMatchObject({
      seed: 9,
      model: 'x',
      params: { prompt: 'wide, near', negativePrompt: 'bad', steps: 8, guidanceScale: 3.5, strength: 0.6 },
    });
    expect(found.params).toMatchObject({ sampler: 'EulerDiscreteScheduler', spacing: 'trailing' });
    expect(found.notes.join()).toMatch(/ControlNet.*|another picture/);
  });

  it('are read from the interface’s workflow when there is no prompt', () => {
    const workflow = {
      nodes: [
        {
          id: 3,
          type: 'KSampler',
          mode: 0,
          widgets_values: [42, 'randomize', 12, 5, 'euler', 'normal', 1],
          inputs: [
            { name: 'positive', link: 1 },
            { name: 'negative', link: 2 },
            { name: 'latent_image', link: 3 },
          ],
        },
        { id: 6, type: 'CLIPTextEncode', mode: 0, widgets_values: ['a fox'], inputs: [] },
        { id: 7, type: 'CLIPTextEncode', mode: 0, widgets_values: ['text'], inputs: [] },
        { id: 5, type: 'EmptyLatentImage', mode: 0, widgets_values: [320, 256, 1] },
      ],
      links: [
        [1, 6, 0, 3, 1, 'CONDITIONING'],
        [2, 7, 0, 3, 2, 'CONDITIONING'],
        [3, 5, 0, 3, 3, 'LATENT'],
      ],
    };
    expect(readComfyUi(null, JSON.stringify(workflow))).toMatchObject({
      seed: 42,
      params: { prompt: 'a fox', negativePrompt: 'text', steps: 12, guidanceScale: 5, width: 320, height: 256 },
    });
  });

  it('end for graphs that bite their tail and are null for anything else', () => {
    const loop = {
      a: { class_type: 'KSampler', inputs: { positive: ['b', 0], seed: ['a', 0], latent_image: ['a', 0], model: ['b', 0] } },
      b: { class_type: 'ConditioningCombine', inputs: { conditioning_1: ['b', 0], conditioning_2: ['a', 0] } },
    };
    expect(readComfyUi(JSON.stringify(loop), null)?.params.prompt).toBe('');
    for (const text of ['{}', '[]', 'null', '{"a":1}', '{"__proto__":{"class_type":"KSampler"}}', '{"a":{"class_type":7,"inputs":[]}}']) {
      expect(readComfyUi(text, text)).toBeNull();
    }
  });
});

describe('settings from InvokeAI', () => {
  it('are read from both of its formats', () => {
    const now = {
      app_version: '5.4.0',
      generation_mode: 'sdxl_img2img',
      positive_prompt: 'a boat',
      negative_prompt: 'rain',
      width: 768,
      height: 512,
      seed: 2025,
      rand_device: 'cpu',
      cfg_scale: 5.5,
      cfg_rescale_multiplier: 0.3,
      steps: 33,
      scheduler: 'dpmpp_2m_sde_k',
      clip_skip: 1,
      strength: 0.62,
      model: { key: 'k', name: 'Dreamshaper XL', base: 'sdxl', type: 'main' },
      loras: [{ model: { name: 'Paper Cut' }, weight: 0.4 }],
    };
    expect(readInvokeAi(JSON.stringify(now))).toMatchObject({
      program: 'InvokeAI',
      model: 'Dreamshaper XL',
      seed: 2025,
      loras: [{ name: 'Paper Cut', weight: 0.4 }],
      params: { sampler: 'DPMSolverSDE', sigmas: 'karras', guidanceRescale: 0.3, clipSkip: 1, strength: 0.62, noise: 'torch-cpu' },
    });
    const old = {
      model: 'stable diffusion',
      model_weights: 'stable-diffusion-1.5',
      app_version: '2.3.5',
      image: {
        prompt: [{ prompt: 'a barn [fog]', weight: 1 }],
        steps: 50,
        cfg_scale: 7.5,
        height: 512,
        width: 640,
        seed: 11,
        type: 'txt2img',
        sampler: 'k_lms',
      },
    };
    expect(readInvokeAi(JSON.stringify(old))).toMatchObject({ seed: 11, params: { prompt: 'a barn', negativePrompt: 'fog', width: 640 } });
    for (const text of ['', '{', '{"seed":1}', '{"image":{}}', '[1]']) expect(readInvokeAi(text)).toBeNull();
  });
});

describe('settings from programs that write plain JSON', () => {
  const texts = (keyword: string, made: object): Map<string, string> => new Map([[keyword, JSON.stringify(made)]]);
  it('are read', () => {
    const fooocus = {
      base_model: 'juggernautXL_v8.safetensors',
      prompt: 'p',
      negative_prompt: 'n',
      resolution: '(1152, 896)',
      steps: 30,
      guidance_scale: 4,
      seed: '123',
      sampler: 'dpmpp_2m_sde_gpu',
      scheduler: 'karras',
      clip_skip: 2,
      lora_combined_1: 'offset.safetensors : 0.1',
    };
    expect(readForeign(texts('parameters', fooocus))).toMatchObject({
      program: 'Fooocus',
      model: 'juggernautXL_v8',
      seed: 123,
      loras: [{ name: 'offset', weight: 0.1 }],
      params: { width: 1152, height: 896, sampler: 'DPMSolverSDE', clipSkip: 1 },
    });
    const draw = {
      c: 'p',
      uc: 'n',
      sampler: 'DPM++ 2M Karras',
      scale: 4,
      seed: 7,
      size: '512x640',
      steps: 8,
      strength: 1,
      model: 'sd_v1.5_f16.ckpt',
      lora: [{ model: 'a.ckpt', weight: 0.5 }],
    };
    expect(readForeign(texts('UserComment', draw))).toMatchObject({
      program: 'Draw Things',
      seed: 7,
      params: { height: 640, sigmas: 'karras' },
    });
    const swarm = {
      sui_image_params: {
        prompt: 'p <lora:x:0.5>',
        model: 'OfficialStableDiffusion/sd_xl',
        seed: 3,
        steps: 20,
        cfgscale: 7,
        width: 1024,
        height: 1024,
        sampler: 'euler',
        scheduler: 'normal',
      },
    };
    expect(readForeign(texts('parameters', swarm))).toMatchObject({
      program: 'SwarmUI',
      model: 'sd_xl',
      loras: [{ name: 'x', weight: 0.5 }],
      params: { prompt: 'p', guidanceScale: 7 },
    });
  });
});

describe('settings for other programs', () => {
  const params = diffusionParamsSchema.parse({
    prompt: 'a red apple, icon\nsecond line',
    negativePrompt: 'grey: dull, flat',
    sampler: 'DPMSolverMultistepScheduler',
    sigmas: 'karras',
    steps: 12,
    guidanceScale: 3.5,
    width: 128,
    height: 96,
    clipSkip: 1,
    variationSeed: 9,
    variationStrength: 0.2,
    highResScale: 2,
    highResStrength: 0.35,
    loras: [{ packId: 'paper-cut', weight: 0.5 }],
  });
  const made: MadeWith = {
    request: { seed: 77, params, inputs: {} },
    size: { width: 256, height: 192 },
    scheduler: null,
    model: 'Kiln, Mini',
    software: 'Kiln 1.0.0',
  };

  it('come back the same from A1111’s text', () => {
    const text = writeA1111(made);
    expect(text).toContain(
      '\nNegative prompt: grey: dull, flat\nSteps: 12, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 3.5, Seed: 77, Size: 128x96, Model: "Kiln, Mini"',
    );
    const back = readA1111(text)!;
    expect(back).toMatchObject({
      seed: 77,
      model: 'Kiln, Mini',
      program: 'Kiln 1.0.0',
      loras: [{ name: 'paper-cut', weight: 0.5 }],
      notes: [],
    });
    expect(back.params).toEqual({ ...params, loras: [] });
  });

  it('name what the pack itself chose, and its size', () => {
    const own = { ...made, scheduler: 'DDIMScheduler', request: { ...made.request, params: diffusionParamsSchema.parse({ prompt: 'x' }) } };
    expect(writeA1111(own)).toMatch(/Sampler: DDIM, CFG scale: 7.5, Seed: 77, Size: 256x192/);
    expect(readInvokeAi(writeInvokeAi(own)!)).toMatchObject({
      seed: 77,
      model: 'Kiln, Mini',
      params: { sampler: 'DDIMScheduler', noise: 'philox', width: 256 },
    });
    expect(writeInvokeAi({ ...own, scheduler: 'FlowMatchEulerDiscreteScheduler' })).toBeUndefined();
  });
});
