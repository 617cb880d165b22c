/** What the browser's test calls in a page: the worklet offline, the player, and the worker of the views. */
import { player } from '../../state/music/player.svelte.ts';
import { SoundClient } from '../analysis/sound-client.ts';
import workletUrl from '../engine-worklet.ts?worker&url';
import { scoreMessage, type FromAudioThread, type ToAudioThread } from '../messages.ts';
import { processorName } from '../processor-name.ts';
import { demoScore } from './demo-score.ts';

/** 32-bit floats, little-endian, in base 64. */
function encoded(samples: Float32Array): string {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** Orders are held until the worklet has taken all of them: it answers to what is no SoundFont. */
async function renderOffline(orders: readonly ToAudioThread[], frames: number): Promise<{ left: string; right: string }> {
  const context = new OfflineAudioContext(2, frames, 48_000);
  await context.audioWorklet.addModule(workletUrl);
  const node = new AudioWorkletNode(context, processorName, { numberOfInputs: 0, numberOfOutputs: 1, outputChannelCount: [2] });
  node.connect(context.destination);
  const heard = new Promise<void>((resolve) => {
    node.port.onmessage = ({ data }: MessageEvent<FromAudioThread>) => {
      if (data.type === 'sound-font-failed') resolve();
    };
  });
  void context.suspend(0).then(async () => {
    for (const order of orders) node.port.postMessage(order);
    node.port.postMessage({ type: 'sound-font', bytes: new ArrayBuffer(4), request: 1 } satisfies ToAudioThread);
    await heard;
    await context.resume();
  });
  const buffer = await context.startRendering();
  return { left: encoded(buffer.getChannelData(0)), right: encoded(buffer.getChannelData(1)) };
}

const play = (frames: number): Promise<{ left: string; right: string }> =>
  renderOffline([scoreMessage(null, demoScore).message, { type: 'play', fromTick: 0, endless: false, countIn: null }], frames);

function mix(): Promise<{ seconds: number; columns: number; loudest: number; spectrum: number }> {
  return new Promise((resolve, reject) => {
    const client: SoundClient = new SoundClient({
      progress: () => undefined,
      loudness: () => undefined,
      failed: reject,
      ready: (seconds) => {
        client.waveform({ fromS: 0, toS: seconds, columns: 100 }, ({ columns, channels }) => {
          const loudest = channels[0]?.reduce((most, value) => Math.max(most, value), 0) ?? 0;
          client.spectrogram({ fromS: 0, toS: seconds, columns: 10 }, 64, ({ levels }) => {
            client.close();
            resolve({ seconds, columns, loudest, spectrum: Math.max(...levels) });
          });
        });
      },
    });
    client.showMix(demoScore, null);
  });
}

const page = { player, play, mix, demoScore };
export type SoundPage = typeof page;

Object.assign(window, { soundPage: page });
document.querySelector('#gesture')?.addEventListener('click', () => {
  player.load(demoScore);
  void player.play(0);
});
