/** The tokens of the four-voice grids that the masked model and the bar VAE read: what a voice does in a 16th note. */
import { ticksPerQuarter } from '../../../../shared/music/score.ts';

export const stepTicks = ticksPerQuarter / 4;
export const voiceCount = 4;
export const silence = 0;
export const tokenCount = 177;
export const hiddenToken = 177;
export const lowestPitch = 21;
export const highestPitch = 108;
const pitchCount = highestPitch - lowestPitch + 1;

/** By octaves into the grid's range. */
export function foldPitch(pitch: number): number {
  let folded = pitch;
  while (folded < lowestPitch) folded += 12;
  while (folded > highestPitch) folded -= 12;
  return folded;
}

/** The pitch, 21..108, goes on from the step before. */
export const heldToken = (pitch: number): number => 1 + pitch - lowestPitch;
export const struckToken = (pitch: number): number => 1 + pitchCount + pitch - lowestPitch;
export const isStruck = (token: number): boolean => token > pitchCount && token < hiddenToken;
export const isHeld = (token: number): boolean => token > silence && token <= pitchCount;

/** Null for silence and hidden places. */
export function pitchOfToken(token: number): number | null {
  if (token === silence || token === hiddenToken) return null;
  return lowestPitch + ((token - 1) % pitchCount);
}
