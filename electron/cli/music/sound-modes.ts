/** `kiln music` with packs that make sound, and with no model at all. */
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import { packIdSchema } from '../../../shared/domain/ids.ts';
import type { AudioConvention } from '../../../shared/domain/music-convention.ts';
import { effectNames } from '../../../shared/music/effect-names.ts';
import { audioParameterInfos } from '../../../shared/pipelines/audio.ts';
import { soundParameterInfos } from '../../../shared/pipelines/sound.ts';
import { runEach } from '../batch.ts';
import { numberFlag, textFlag, type CommandContext } from '../command.ts';
import { parametersOf } from '../parameters.ts';
import { requestBase, requestOf } from '../requests.ts';
import { slugOf } from '../commands/generate.ts';
import { audioExtensions, importScoreFile, withSoundFont } from './music-files.ts';
import { musicFiles, planItems, runMusic, writeAsset } from './music-runs.ts';

const soundInfos = soundParameterInfos.filter(({ name }) => name !== 'loop');
const infosOf = (...names: string[]): typeof audioParameterInfos => audioParameterInfos.filter(({ name }) => names.includes(name));

export async function makeSounds(context: CommandContext, words: readonly string[]): Promise<void> {
  if (words.length === 0) {
    throw new AppError('invalid-request', 'Say which sound to make.', {
      action: `Choose one of ${effectNames.map(({ id }) => id).join(', ')}.`,
    });
  }
  for (const word of words) {
    if (effectNames.some(({ id }) => id === word)) continue;
    throw new AppError('invalid-request', `There is no sound "${word}".`, {
      action: `Choose one of ${effectNames.map(({ id }) => id).join(', ')}.`,
    });
  }
  const given = requestBase(context, 'sound');
  const params = { ...parametersOf(context, soundInfos), ...(context.flags['loop'] === true ? { loop: true } : {}) };
  const planned = planItems(context, { sources: words, madeFromNothing: true, suffix: '', usual: 'wav', allowed: audioExtensions });
  await runMusic(context, planned, 'sounds', ({ file, seed }) => {
    const effect = effectNames.find(({ id }) => id === file);
    const usual = numberFlag(context, 'seconds') === undefined && effect !== undefined ? { seconds: effect.seconds } : {};
    return Promise.resolve(
      requestOf({ ...given, seed, title: effect?.label ?? file, inputs: {}, params: { effect: file, ...usual, ...params } }),
    );
  });
}

/** The pack that --pack names, or the first installed one that makes what is wanted. */
async function audioPack(context: CommandContext, makes: AudioConvention['makes']): Promise<string> {
  const named = textFlag(context, 'pack');
  const packs = await context.studio.router.call('packs.list', undefined);
  const isRight = ({ manifest: { convention } }: (typeof packs)[number]): boolean =>
    convention.task === 'audio' && convention.makes === makes;
  if (named !== undefined) {
    const found = packs.find(({ manifest }) => manifest.id === named);
    if (found !== undefined && !isRight(found)) {
      throw new AppError('invalid-request', `The pack "${named}" does not make ${makes}.`, {
        action: 'kiln models lists packs and what they do.',
      });
    }
    return named;
  }
  const found = packs.find(isRight);
  if (found === undefined) {
    const kinds = makes === 'speech' ? 'VITS, Kokoro, Supertonic or SpeechT5' : 'MusicGen';
    throw new AppError('pack-missing', `No pack that makes ${makes} is installed.`, {
      action: `Import one: kiln models import FOLDER, with a ${kinds} model as transformers.js has it (ONNX).`,
    });
  }
  return found.manifest.id;
}

/** Words to sound by a neural pack: narration, or music from its description. */
export async function soundFromWords(context: CommandContext, makes: AudioConvention['makes'], words: readonly string[]): Promise<void> {
  const file = textFlag(context, 'text-file');
  const fromFile = file === undefined ? [] : [await readText(file)];
  const text = [...(words.length === 0 ? [] : [words.join(' ')]), ...fromFile].join('\n').trim();
  if (text === '') {
    const what = makes === 'speech' ? 'what is to be said' : 'what the music is like';
    throw new AppError('invalid-request', `Give ${what}, in quotation marks, or a file with --text-file.`);
  }
  const packId = packIdSchema.parse(await audioPack(context, makes));
  const given = { ...requestBase(context, 'audio'), packId };
  const voice = textFlag(context, 'voice');
  const params = {
    text,
    ...(makes === 'speech'
      ? parametersOf(context, infosOf('speed'))
      : parametersOf(context, infosOf('seconds', 'guidanceScale', 'temperature', 'topK'))),
    ...(voice === undefined ? {} : { voice }),
    normalise: context.flags['no-normalise'] !== true,
  };
  const planned = planItems(context, {
    sources: [slugOf(text)],
    madeFromNothing: true,
    suffix: '',
    usual: 'wav',
    allowed: audioExtensions,
  });
  const title = Array.from(text).slice(0, 100).join('');
  await runMusic(context, planned, 'sounds', ({ seed }) => Promise.resolve(requestOf({ ...given, seed, title, inputs: {}, params })));
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new AppError('not-found', `There is no readable file at ${file}.`, { cause: error });
  });
}

const renderUsage = 'kiln music render FILE… [--out FILE|FOLDER] [--format wav] [options]';

/** Files as other files: sound, notation, pictures. No model runs. */
export async function renderFiles(context: CommandContext, words: readonly string[]): Promise<void> {
  const sources = await musicFiles(words, 'rendered', renderUsage);
  const { items, many } = planItems(
    { ...context, flags: { ...context.flags, seed: '0', count: '1' } },
    { sources, suffix: 'rendered', usual: 'wav' },
  );
  await withSoundFont(context, (soundFontId) =>
    runEach(context, { items, many }, 'pieces', async (item, label) => {
      const { hash, title, bars, notes, remarks } = await importScoreFile(context.studio, item.file);
      await writeAsset(context, item, label, {
        asset: hash,
        title,
        soundFontId,
        generationIds: [],
        remarks,
        told: { bars, noteCount: notes },
      });
    }),
  );
}

const importUsage = 'kiln music import FILE… [--name NAME]';

/** Files into the library as clips, to be opened in the room. */
export async function importFiles(context: CommandContext, words: readonly string[]): Promise<void> {
  const { studio, output } = context;
  const files = await musicFiles(words, 'imported', importUsage);
  const name = textFlag(context, 'name');
  if (name !== undefined && files.length > 1) throw new AppError('invalid-request', '--name is for one file.');
  const items = files.map((file) => ({ file, out: file }));
  await runEach(
    { ...context, flags: { ...context.flags, resume: false } },
    { items, many: items.length > 1 },
    'files',
    async ({ file }, label) => {
      const { hash, title, bars, notes, tracks, remarks, seed, pack } = await importScoreFile(studio, file);
      const called = name ?? (title.trim() || basename(file, extname(file)));
      const clip = await studio.router.call('clips.create', { projectId: null, name: called.slice(0, 200), state: { score: hash } });
      for (const remark of remarks) output.remark(remark);
      const facts = `${String(tracks)} tracks, ${String(bars)} bars, ${String(notes)} notes`;
      output.result(`${label}${clip.id}  ${clip.name}  (${facts})`, {
        type: 'clip',
        file,
        clipId: clip.id,
        name: clip.name,
        score: hash,
        tracks,
        bars,
        noteCount: notes,
        seed,
        pack,
        remarks,
      });
    },
  );
}
