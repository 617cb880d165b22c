/** A worker that renders and analyses one sound for the views, so that the page stays quick. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { ToSoundWorker } from './messages.ts';
import { SoundDesk } from './sound-desk.ts';

async function fetchBytes(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new AppError('not-found', 'The SoundFont is no longer there.', { action: 'Choose another one.' });
  return response.arrayBuffer();
}

const desk = new SoundDesk((message, transfer = []) => self.postMessage(message, { transfer }), fetchBytes);

self.onmessage = ({ data }: MessageEvent<ToSoundWorker>) => void desk.hear(data);
