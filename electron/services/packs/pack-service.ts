/** The packs of this machine: built in and the user's own. */
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Handlers } from '../../../shared/contract/calls.ts';
import type { packCalls } from '../../../shared/contract/calls/pack-calls.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import { backendSchema, type Backend } from '../../../shared/domain/backend.ts';
import { packIdSchema, type PackId } from '../../../shared/domain/ids.ts';
import type { Pack } from '../../../shared/domain/pack.ts';
import type { PackManifest, PackTask, PipelineTask } from '../../../shared/domain/pack-manifest.ts';
import type { KeyValues } from '../database/key-values.ts';
import type { Logger } from '../host.ts';
import type { EventBus, InferenceService, PackService, TransferStore } from '../service-types.ts';
import type { FinishedDownload } from './downloads/download-queue.ts';
import type { ImportSource } from './import-source.ts';
import { createLicences, licenceTextOf } from './licences.ts';
import { linkTree } from './link-tree.ts';
import { hashProblemOf, packHashOf, problemOf, readManifest, writeManifest } from './pack-files.ts';
import { createPackImports, sourceOf } from './pack-imports.ts';
import { createRemovedPacks } from './removed-packs.ts';
import { tryConvention } from './try-convention.ts';

const builtInDefault: Record<PipelineTask, PackId> = {
  inpaint: packIdSchema.parse('kiln-inpaint'),
  upscale: packIdSchema.parse('kiln-upscale'),
  stylize: packIdSchema.parse('kiln-style'),
  palette: packIdSchema.parse('kiln-palette'),
  texture: packIdSchema.parse('kiln-texture'),
  diffusion: packIdSchema.parse('kiln-mini'),
  score: packIdSchema.parse('kiln-music'),
  sound: packIdSchema.parse('kiln-sound'),
  // None is shipped: users bring their own.
  audio: packIdSchema.parse('audio'),
};
const exclusionsSchema = z.array(z.object({ backend: backendSchema, reason: z.string() }));

interface Installed {
  folder: string;
  builtIn: boolean;
  manifest: PackManifest;
  packHash: string;
  problem: string | null;
}

export interface PackServiceOptions {
  builtInFolder: string;
  userFolder: string;
  memory: KeyValues;
  events: EventBus;
  log: Logger;
  /** The user's choice for a task, if any. */
  preferred(task: PackTask): PackId | null;
}

export interface PackLibrary extends PackService {
  /** What a download has brought; its own files stay where they are, so that a failure costs nothing. */
  importDownload(finished: FinishedDownload, inference: InferenceService): Promise<PackId>;
  handlers(needs: { inference: InferenceService; transfers: TransferStore; allowPaths: boolean }): Handlers<keyof typeof packCalls>;
}

export function createPackService(options: PackServiceOptions): PackLibrary {
  const { builtInFolder, userFolder, memory, events, log } = options;
  const licences = createLicences(memory);
  const removed = createRemovedPacks(userFolder, log);
  let installed = scan();
  licences.begin(installed.values());
  const imports = createPackImports(events);

  function scan(): Map<PackId, Installed> {
    const found = new Map<PackId, Installed>();
    for (const [root, builtIn] of [
      [builtInFolder, true],
      [userFolder, false],
    ] as const) {
      if (!existsSync(root)) continue;
      for (const name of readdirSync(root)) {
        const folder = join(root, name);
        if (name.startsWith('.') || !lstatSync(folder).isDirectory()) continue;
        try {
          const manifest = readManifest(folder);
          // A built-in pack cannot be replaced by one that takes its name.
          if (manifest.id !== name || found.has(manifest.id)) throw new AppError('pack-invalid', `It calls itself "${manifest.id}".`);
          found.set(manifest.id, { folder, builtIn, manifest, packHash: packHashOf(manifest), problem: problemOf(folder, manifest) });
        } catch (error) {
          log.warn(`The pack folder ${name} cannot be used`, error);
        }
      }
    }
    return found;
  }

  function rescan(): void {
    installed = scan();
    events.publish({ type: 'packs.changed' });
  }

  function require(id: PackId): Installed {
    const pack = installed.get(id);
    if (pack === undefined) {
      throw new AppError('pack-missing', `The model pack "${id}" is not installed.`, {
        action: 'Import it again, or choose another pack.',
      });
    }
    return pack;
  }

  const importNeeds = (inference: InferenceService) => () => ({
    packsFolder: userFolder,
    takenIds: new Set(installed.keys()),
    installedModels: new Map([...installed.values()].map(({ manifest }) => [mainHash(manifest), manifest.name])),
    installedPacks: new Map([...installed.values()].map(({ manifest, packHash }) => [packHash, manifest.name])),
    inference,
  });

  function importer(inference: InferenceService) {
    return async (source: ImportSource, details: Parameters<typeof imports.run>[1]): Promise<PackId> => {
      const id = await imports.run(source, details, importNeeds(inference));
      rescan();
      return id;
    };
  }

  const exclusionsKey = (pack: Installed): string => `packs.excluded.${pack.packHash}`;
  const exclusions = (pack: Installed): { backend: Backend; reason: string }[] => memory.get(exclusionsKey(pack), exclusionsSchema) ?? [];

  function publicPack(pack: Installed): Pack {
    return {
      manifest: pack.manifest,
      packHash: pack.packHash,
      builtIn: pack.builtIn,
      sizeBytes: pack.manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0),
      installedAtMs: pack.builtIn ? null : Math.round(lstatSync(pack.folder).mtimeMs),
      status: pack.problem === null ? { state: 'ready' } : { state: 'broken', reason: pack.problem },
      licence: licences.stateOf(pack),
      excludedBackends: exclusions(pack),
    };
  }

  function requireUserPack(id: PackId): Installed {
    const pack = require(id);
    if (pack.builtIn) throw new AppError('unsupported', 'Built-in packs cannot be changed.');
    return pack;
  }

  return {
    resolve(id) {
      const pack = require(id);
      const problem = problemOf(pack.folder, pack.manifest);
      if (problem !== null) {
        throw new AppError('pack-invalid', `The model pack "${pack.manifest.name}" is damaged. ${problem}`, {
          action: pack.builtIn ? 'Install Kiln again.' : 'Remove the pack and import it again.',
        });
      }
      return { folder: pack.folder, manifest: pack.manifest, packHash: pack.packHash, excludedBackends: exclusions(pack) };
    },
    requireLicence(id) {
      const pack = require(id);
      if (licences.stateOf(pack).accepted) return;
      throw new AppError('licence-needed', `The licence of "${pack.manifest.name}" has not been accepted yet.`, {
        action: `Read it in Models and accept it if you agree; on the command line: kiln models accept ${id}`,
      });
    },
    async importDownload({ source, sourceName, name, licence, licenceAccepted }, inference) {
      const linked = await linkTree(source, userFolder);
      try {
        const id = await importer(inference)({ kind: 'path', path: linked.path, name: sourceName, given: true }, { name, licence });
        // A pack's own files may name another licence than the page did: that one was not shown.
        if (licenceAccepted && require(id).manifest.licence === licence) {
          licences.accept(require(id));
          events.publish({ type: 'packs.changed' });
        }
        return id;
      } finally {
        await linked.remove();
      }
    },
    defaultPackId(task) {
      const preferred = options.preferred(task);
      return preferred !== null && installed.has(preferred) ? preferred : builtInDefault[task];
    },
    excludeBackend(id, backend, reason) {
      const pack = require(id);
      const others = exclusions(pack).filter((exclusion) => exclusion.backend !== backend);
      memory.set(exclusionsKey(pack), [...others, { backend, reason }]);
      events.publish({ type: 'packs.changed' });
    },
    handlers: ({ inference, transfers, allowPaths }) => ({
      'packs.list': () => [...installed.values()].map(publicPack),
      'packs.import': async ({ from, name, licence, importId }) => {
        const { source, discard } = sourceOf(from, transfers, allowPaths);
        try {
          return publicPack(require(await importer(inference)(source, { name, licence, importId })));
        } finally {
          await discard();
        }
      },
      'packs.convert': async ({ id, to, importId }) => {
        const { folder, manifest, packHash } = require(id);
        const pack = { folder, manifest, packHash, excludedBackends: [] };
        const made = await imports.convert(pack, to, importId, importNeeds(inference));
        rescan();
        // The same weights to the licence; only their hash is another.
        if (licences.stateOf(require(id)).accepted) licences.accept(require(made));
        return publicPack(require(made));
      },
      'packs.cancelImport': ({ importId }) => imports.cancel(importId),
      'packs.acceptLicence': ({ id }) => {
        const pack = require(id);
        licences.accept(pack);
        events.publish({ type: 'packs.changed' });
        return publicPack(pack);
      },
      'packs.licenceText': ({ id }) => {
        const { folder, manifest } = require(id);
        return licenceTextOf(folder, manifest);
      },
      'packs.verify': async ({ id }) => {
        const pack = require(id);
        pack.problem = await hashProblemOf(pack.folder, pack.manifest);
        events.publish({ type: 'packs.changed' });
        return publicPack(pack);
      },
      'packs.rename': async ({ id, name }) => {
        const pack = requireUserPack(id);
        await writeManifest(pack.folder, { ...pack.manifest, name });
        rescan();
        return publicPack(require(id));
      },
      'packs.setConvention': async ({ id, convention }) => {
        const pack = requireUserPack(id);
        await tryConvention(join(pack.folder, pack.manifest.model), convention, inference);
        await writeManifest(pack.folder, { ...pack.manifest, convention });
        rescan();
        return publicPack(require(id));
      },
      'packs.clearExclusions': ({ id }) => {
        const pack = require(id);
        memory.set(exclusionsKey(pack), []);
        events.publish({ type: 'packs.changed' });
        return publicPack(pack);
      },
      'packs.remove': async ({ id }) => {
        const pack = requireUserPack(id);
        await removed.put(id, pack.folder);
        rescan();
      },
      'packs.undoRemove': async ({ id }) => {
        await removed.restore(id);
        rescan();
        return publicPack(require(id));
      },
    }),
  };
}

function mainHash({ model, files }: PackManifest): string {
  return files.find(({ path }) => path === model)?.sha256 ?? '';
}
