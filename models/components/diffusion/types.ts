/** What the parts of a diffusion pack hand to one another. All data is float32, whatever the graphs hold. */

/** One item, channels first. */
export interface Latents {
  data: Float32Array;
  channels: number;
  height: number;
  width: number;
}

/** What a prompt became. */
export interface Conditioning {
  /** [tokens, width], row-major: `tokens` is 77 for each chunk of 75. */
  states: Float32Array;
  tokens: number;
  width: number;
  /** SDXL: the second encoder's `text_embeds` of the first chunk. */
  pooled: Float32Array | null;
}

/** One call of the denoiser, for a batch of items of one size. */
export interface DenoiserCall {
  /** [batch, channels, height, width]; scaled, and with mask and masked latents appended where the UNet takes nine channels. */
  sample: Float32Array;
  batch: number;
  channels: number;
  height: number;
  width: number;
  /** May be fractional; truncated for graphs with an integer timestep. */
  timestep: number;
  /** [batch, tokens, width] */
  states: Float32Array;
  tokens: number;
  /** SDXL: [batch, 1280] and [batch, 6 or 5]. */
  pooled: Float32Array | null;
  timeIds: Float32Array | null;
  /** Consistency models: [batch, timestepCondDim]. */
  timestepCond: Float32Array | null;
  /** Fused ControlNets: [controls, batch, 3, 8 * height, 8 * width] in 0..1, and a weight each. */
  controls: { conditions: Float32Array; weights: Float32Array } | null;
}
