import { randomUUID } from 'node:crypto';
import { AppError } from '../../../shared/contract/errors.ts';
import { packIdSchema, type PackId } from '../../../shared/domain/ids.ts';
import type { Command } from '../command.ts';
import { bytes } from '../output.ts';

export const models: Command = {
  summary: 'List the model packs, import one, or accept its licence',
  usage: 'kiln models [import FILE|FOLDER [--name NAME] [--licence TEXT] | accept ID]',
  help: `Without words after it, lists every pack with its task, licence and state.
"kiln models import" takes an .onnx file, a .safetensors LoRA or embedding, a .zip, or a folder: a pack, or a diffusion model
as Optimum and diffusers export it. It is recognised and tried before it is kept.
"kiln models accept" says that you accept the licence of a pack: one that is not permissive, or not known, runs only then.`,
  options: { name: { type: 'string' }, licence: { type: 'string' } },
  whenLocked: 'refuse',
  async run({ studio, output, positionals, flags }) {
    const [action, subject] = positionals;
    const takesOne = action === 'import' || action === 'accept';
    if (positionals.length > (takesOne ? 2 : 0) || (takesOne && subject === undefined)) {
      const missing = action === 'import' ? 'Name one file or folder to import.' : 'Name one pack by its id, as "kiln models" lists it.';
      throw new AppError('invalid-request', takesOne ? missing : `There is no "kiln models ${action ?? ''}".`, {
        action: `Usage: ${models.usage}`,
      });
    }
    if (action === 'accept') {
      const pack = await studio.router.call('packs.acceptLicence', { id: packIdOf(subject ?? '') });
      output.result(`The licence of "${pack.manifest.name}" (${pack.manifest.licence ?? 'unknown'}) is accepted.`, { type: 'pack', pack });
      return;
    }
    if (subject !== undefined) {
      const { name, licence } = flags;
      const importId = randomUUID();
      const stopTelling = studio.events.subscribe((event) => {
        if (event.type === 'packs.importing' && event.importId === importId)
          output.progress({ phase: event.phase, fraction: event.fraction, remainingMs: null });
      });
      const pack = await studio.router
        .call('packs.import', {
          from: { kind: 'path', path: subject },
          ...(typeof name === 'string' ? { name } : {}),
          licence: typeof licence === 'string' ? licence : null,
          importId,
        })
        .finally(stopTelling);
      const next = pack.licence.accepted ? '' : ` Before it runs, accept its licence: kiln models accept ${pack.manifest.id}`;
      output.result(`Imported "${pack.manifest.name}" as ${pack.manifest.id}.${next}`, { type: 'pack', pack });
      return;
    }
    for (const pack of await studio.router.call('packs.list', undefined)) {
      const { manifest, status } = pack;
      const ready = pack.licence.accepted ? 'ready' : 'licence not accepted';
      const state = status.state === 'ready' ? ready : `broken: ${status.reason}`;
      const origin = pack.builtIn ? 'built in' : 'yours';
      output.result(
        `${manifest.id.padEnd(20)} ${manifest.version.padEnd(8)} ${manifest.task.padEnd(8)} ${manifest.family.padEnd(8)} ${bytes(pack.sizeBytes).padStart(10)}  ${origin}, ${manifest.licence ?? 'licence unknown'}, ${state}`,
        { type: 'pack', pack },
      );
    }
  },
};

function packIdOf(text: string): PackId {
  const parsed = packIdSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new AppError('invalid-request', `${JSON.stringify(text)} is no pack id.`, {
    action: '"kiln models" lists the packs with their ids.',
  });
}
