import { AppError } from '../../../shared/contract/errors.ts';
import { effectNames } from '../../../shared/music/effect-names.ts';
import { audioParameterInfos } from '../../../shared/pipelines/audio.ts';
import { soundParameterInfos } from '../../../shared/pipelines/sound.ts';
import type { Command, CommandContext } from '../command.ts';
import { soundHelp, soundOptions } from '../music/music-files.ts';
import { outputOptions } from '../music/music-runs.ts';
import { generatePieces, isFileMode, morphPieces, scoreOptions, shownParameters, workOnFiles } from '../music/score-modes.ts';
import { importFiles, makeSounds, renderFiles, soundFromWords } from '../music/sound-modes.ts';
import { parameterHelp, parameterOptions } from '../parameters.ts';
import { runOptions } from '../requests.ts';

const soundInfos = soundParameterInfos.filter(({ name }) => name === 'variation' || name === 'intensity');
const audioInfos = audioParameterInfos.filter(({ name }) => name === 'guidanceScale' || name === 'speed');

export const music: Command = {
  summary: 'Write, change and render music; make sounds and speech',
  usage: 'kiln music generate|continue|fill|accompany|vary|morph|humanise|render|sound|speak|describe|import … [options]',
  help: `  kiln music generate --style chorale --bars 8 --key "D minor" --bpm 96 --out song.mid
  kiln music continue FILE… --bars 8          more after the end, in the piece's own tracks
  kiln music fill FILE… --bars 5-6 --track "Left hand"
                                              those bars of those tracks anew, from everything around them
  kiln music accompany FILE… --write bass     a harmony, bass, piano or drums to a melody (--melody TRACK)
  kiln music vary FILE… --amount 0.4          something like it; with --bars and --track only there
  kiln music morph FROM TO --steps 5          pieces on the way from one to the other, both ends among them
  kiln music humanise FILE…                   a drummer's dynamics and timing for stiff drum tracks
  kiln music render FILE… --out x.wav         sound, notation or a picture of a file; no model runs
  kiln music sound NAME… --seconds 6          a sound effect (names below)
  kiln music speak "WORDS"                    narration, by an imported speech pack
  kiln music describe "WORDS" --seconds 10    music from its description, by an imported MusicGen pack
  kiln music import FILE…                     files into the library as clips

FILE is MIDI, MusicXML (.mxl too), ABC or a score that Kiln wrote as .json; a folder stands for all such files in it.
Results are .mid, .musicxml, .json (Kiln's own), .wav, .flac, .mp3, .ogg, .opus, .svg or .png, as --out ends; sounds are
sound files. Everything that a model makes is kept in the library.

  --out FILE|FOLDER    one result, or a folder for several (default: beside the file, or here)
  --format ENDING      of results in a folder (default mid; render, sound, speak, describe: wav)
  --count N            as many of each, with successive seeds (default 1)
  --seed N             0..4294967295, of the first (default: at random, and said)
  --resume             leave out what is there already
  --title WORDS        generate: the piece's title
  --style NAME         chorale, song or drums (default chorale)
  --bars N|LIST        generate, continue: how many; fill, vary: which, like 5-6 or 1,3,7-8
  --key KEY            like "D minor", Bb, F#m (default: any)
  --metre N/N          like 3/4 (default 4/4)
  --bpm N              quarter notes a minute, 10..400 (default 96)
  --density 0..4       sparse to busy (default: any)
  --parts NAME         songs: melody-and-piano, piano or melody
  --drum-style NAME    one of the pack's, such as rock, funk or jazz (default: any)
  --drum-fill          drums: a fill instead of a beat
  --track NAME|N       by name or number; may be given more than once (default: all)
  --melody NAME|N      accompany: which track is the melody (default: the first)
  --write NAME         accompany: harmony, bass, piano or drums (default harmony)
  --method NAME        fill: auto, masked or autoregressive (default auto)
  --steps N            morph: 3..17 (default 5)
${parameterHelp(shownParameters)}
  --seconds N          sound, describe: how long
${parameterHelp(soundInfos)}
  --loop               sound: textures whose end meets their beginning
  --voice NAME         speak: one of the pack's voices (default: its first)
  --text-file FILE     speak, describe: the words
${parameterHelp(audioInfos)}
  --name NAME          import: what the clip is called
  --pack ID            the model pack (see: kiln models)
  --backend NAME       auto, webgpu, cpu or wasm (default auto)
${soundHelp}

Sounds: ${effectNames.map(({ id }) => id).join(', ')}.`,
  options: {
    ...outputOptions,
    ...runOptions,
    ...scoreOptions,
    ...soundOptions,
    ...parameterOptions([...shownParameters, ...soundInfos, ...audioInfos]),
    seconds: { type: 'string' },
    loop: { type: 'boolean' },
    voice: { type: 'string' },
    'text-file': { type: 'string' },
    title: { type: 'string' },
    name: { type: 'string' },
  },
  whenLocked: 'temporary',
  run: runMusicCommand,
};

async function runMusicCommand(context: CommandContext): Promise<void> {
  const [what, ...words] = context.positionals;
  if (what !== undefined && isFileMode(what)) return workOnFiles(context, what, words);
  switch (what) {
    case 'generate':
      return generatePieces(context, words);
    case 'morph':
      return morphPieces(context, words);
    case 'render':
      return renderFiles(context, words);
    case 'sound':
      return makeSounds(context, words);
    case 'speak':
      return soundFromWords(context, 'speech', words);
    case 'describe':
      return soundFromWords(context, 'music', words);
    case 'import':
      return importFiles(context, words);
    default:
      throw new AppError('invalid-request', what === undefined ? 'Say what to do.' : `There is no "kiln music ${what}".`, {
        action: `Usage: ${music.usage}`,
      });
  }
}
