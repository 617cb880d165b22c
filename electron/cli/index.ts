/** `kiln <command>`: the studio core without a window. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError } from '../../shared/contract/errors.ts';
import { createServices, type StudioCore } from '../services/create-services.ts';
import { dataFolder } from '../services/data-folder.ts';
import { cliHost, version } from './cli-host.ts';
import type { Command, CommandContext } from './command.ts';
import { doctor } from './commands/doctor.ts';
import { generate } from './commands/generate.ts';
import { img2img } from './commands/img2img.ts';
import { inpaint } from './commands/inpaint.ts';
import { library } from './commands/library.ts';
import { models } from './commands/models.ts';
import { music } from './commands/music.ts';
import { palette } from './commands/palette.ts';
import { stylize } from './commands/stylize.ts';
import { texture } from './commands/texture.ts';
import { upscale } from './commands/upscale.ts';
import { createOutput } from './output.ts';

const commands: Record<string, Command> = {
  generate,
  img2img,
  inpaint,
  upscale,
  stylize,
  palette,
  texture,
  music,
  models,
  library,
  doctor,
};

const commonOptions = {
  data: { type: 'string' },
  json: { type: 'boolean' },
  verbose: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const overview = `Kiln ${version}: a creative studio that runs generative models on your own machine.

${Object.values(commands)
  .map((command) => `  ${command.usage}\n      ${command.summary}`)
  .join('\n')}

Every command takes --data FOLDER (where the library lives), --json (one JSON object a line), --verbose and --help.`;

async function main(): Promise<void> {
  const [name, ...rest] = process.argv.slice(2);
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${version}\n`);
    return;
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(`${overview}\n`);
    return;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new AppError('invalid-request', `There is no command "${name}".`, { action: 'kiln --help lists them.' });
  const { values: flags, positionals } = parse(command, rest);
  if (flags['help'] === true) {
    process.stdout.write(`${command.usage}\n\n${command.help}\n`);
    return;
  }
  if (flags['data'] === '') throw new AppError('invalid-request', '--data takes a folder.');
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  const folder = dataFolder({ explicit: typeof flags['data'] === 'string' ? flags['data'] : undefined });
  const output = createOutput(flags['json'] === true);
  const { studio, close } = await openStudio(command, folder, flags['verbose'] === true, (words) => output.remark(words));
  try {
    await command.run({ studio, output, positionals, flags, signal: controller.signal });
  } finally {
    await close();
  }
}

type Flags = CommandContext['flags'];

function parse(command: Command, args: string[]): { values: Flags; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({ args, options: { ...commonOptions, ...command.options }, allowPositionals: true });
    return { values, positionals };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new AppError('invalid-request', `${(words.split('. ')[0] ?? words).replace(/\.$/, '')}.`, { action: `Usage: ${command.usage}` });
  }
}

/** A picture can be made while the studio is open: the run is then recorded nowhere, and a line says so. */
async function openStudio(
  command: Command,
  folder: string,
  verbose: boolean,
  remark: (words: string) => void,
): Promise<{ studio: StudioCore; close: () => Promise<void> }> {
  try {
    const studio = await createServices(cliHost(folder, verbose), { housekeeping: false });
    return { studio, close: () => studio.dispose() };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'library-locked' || command.whenLocked === 'refuse') throw error;
    remark('The library is open in another Kiln, so this run is not added to its history.');
    const temporary = await mkdtemp(join(tmpdir(), 'kiln-'));
    const studio = await createServices(cliHost(temporary, verbose), { housekeeping: false });
    return {
      studio,
      async close() {
        await studio.dispose();
        await rm(temporary, { recursive: true, force: true });
      },
    };
  }
}

// `kiln library list | head`: the reader has what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

main().catch((error: unknown) => {
  const json = process.argv.includes('--json');
  const known = error instanceof AppError;
  const code = known ? error.code : 'internal';
  const message = error instanceof Error ? error.message : String(error);
  if (json) process.stdout.write(`${JSON.stringify({ type: 'error', code, message, action: known ? error.action : undefined })}\n`);
  else process.stderr.write(`kiln: ${message}${known && error.action !== undefined ? ` ${error.action}` : ''}\n`);
  process.exitCode = code === 'cancelled' ? 130 : 1;
});
