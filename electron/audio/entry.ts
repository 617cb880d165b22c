/** The audio worker: a thread that renders, encodes and reads, so that the studio answers meanwhile. */
import { writeFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { toAudioWorkerSchema, type FromAudioWorker, type ToAudioWorker } from '../../shared/contract/audio-worker.ts';
import { toWireError } from '../../shared/contract/errors.ts';
import { scoreText } from '../../shared/music/score-json.ts';
import { barsOf } from '../../shared/music/score.ts';
import { exportSound } from './export-sound.ts';
import { writingError } from './file-sink.ts';
import { readMusic } from './read-music.ts';
import { soundFontOf } from './render-score.ts';

type Request = Exclude<ToAudioWorker, { type: 'cancel' }>;
type WithoutId<Message> = Message extends unknown ? Omit<Message, 'runId'> : never;
type Answer = WithoutId<Exclude<FromAudioWorker, { type: 'progress' | 'failed' }>>;

const progressEveryMs = 100;

async function answerTo(request: Request, run: { signal: AbortSignal; onProgress(fraction: number): void }): Promise<Answer> {
  switch (request.type) {
    case 'export':
      return { type: 'exported', ...(await exportSound(request, run)) };
    case 'read-music': {
      const { score, tags, remarks } = await readMusic(request.file, request.name);
      await writeFile(request.scoreFile, scoreText(score), { flag: 'wx' });
      return {
        type: 'music-read',
        title: tags.title,
        seed: tags.seed ?? null,
        pack: tags.pack ?? null,
        bars: barsOf(score).length,
        notes: score.tracks.reduce((sum, { notes }) => sum + notes.length, 0),
        tracks: score.tracks.length,
        remarks,
      };
    }
    case 'inspect-sound-font': {
      const { name, presets } = await soundFontOf(request.file);
      return { type: 'sound-font', name, presets: presets.length };
    }
  }
}

/** Answers every request that is in the contract, once. */
function serve(port: NonNullable<typeof parentPort>): void {
  const runs = new Map<string, AbortController>();
  const send = (message: FromAudioWorker): void => {
    port.postMessage(message);
  };

  async function run(request: Request): Promise<void> {
    const { runId } = request;
    const controller = new AbortController();
    runs.set(runId, controller);
    let toldAt = 0;
    let furthest = 0;
    try {
      const answer = await answerTo(request, {
        signal: controller.signal,
        onProgress(fraction) {
          furthest = Math.min(1, Math.max(furthest, fraction));
          if (performance.now() - toldAt < progressEveryMs) return;
          toldAt = performance.now();
          send({ type: 'progress', runId, fraction: furthest });
        },
      });
      send({ ...answer, runId });
    } catch (error) {
      send({
        type: 'failed',
        runId,
        error: toWireError(writingError(error)),
        details: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    } finally {
      runs.delete(runId);
    }
  }

  port.on('message', (raw: unknown) => {
    const message = toAudioWorkerSchema.safeParse(raw);
    if (!message.success) return;
    if (message.data.type === 'cancel') runs.get(message.data.runId)?.abort();
    else void run(message.data);
  });
}

if (parentPort !== null) serve(parentPort);
