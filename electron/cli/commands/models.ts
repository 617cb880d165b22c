import { AppError } from '../../../shared/contract/errors.ts';
import type { Command } from '../command.ts';
import { bytes } from '../output.ts';

export const models: Command = {
  summary: 'List the model packs, or import one',
  usage: 'kiln models [import FILE|FOLDER] [--name NAME] [--licence TEXT]',
  help: `Without words after it, lists every pack with its task, licence and state.
"kiln models import" takes an .onnx file, a .zip or a pack folder, recognises it and tries it before it is kept.`,
  options: { name: { type: 'string' }, licence: { type: 'string' } },
  whenLocked: 'refuse',
  async run({ studio, output, positionals, flags }) {
    const [action, source] = positionals;
    if (positionals.length > (action === 'import' ? 2 : 0) || (action === 'import' && source === undefined)) {
      const message = action === 'import' ? 'Name one file or folder to import.' : `There is no "kiln models ${action ?? ''}".`;
      throw new AppError('invalid-request', message, { action: `Usage: ${models.usage}` });
    }
    if (source !== undefined) {
      const { name, licence } = flags;
      const pack = await studio.router.call('packs.import', {
        from: { kind: 'path', path: source },
        ...(typeof name === 'string' ? { name } : {}),
        licence: typeof licence === 'string' ? licence : null,
      });
      output.result(`Imported "${pack.manifest.name}" as ${pack.manifest.id}.`, { type: 'pack', pack });
      return;
    }
    for (const pack of await studio.router.call('packs.list', undefined)) {
      const { manifest, status } = pack;
      const state = status.state === 'ready' ? 'ready' : `broken: ${status.reason}`;
      const origin = pack.builtIn ? 'built in' : 'yours';
      output.result(
        `${manifest.id.padEnd(20)} ${manifest.version.padEnd(8)} ${manifest.task.padEnd(8)} ${manifest.family.padEnd(8)} ${bytes(pack.sizeBytes).padStart(10)}  ${origin}, ${manifest.licence ?? 'licence unknown'}, ${state}`,
        { type: 'pack', pack },
      );
    }
  },
};
