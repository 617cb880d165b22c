/** A diffusers folder, copied into place, as a pack: its graphs are opened, and its convention and manifest written from them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DiffusionConvention } from '../../../../shared/domain/diffusion-convention.ts';
import type { GraphSignature } from '../../../../shared/contract/inference.ts';
import type { DiffusersConfigs } from './configs.ts';
import { conventionOf } from './convention.ts';
import { factsOf } from './graphs.ts';
import type { DiffusersLayout } from './layout.ts';

export interface RecogniseOptions {
  /** Where the pack's files lie now, at their paths below the layout's prefix. */
  root: string;
  layout: DiffusersLayout;
  configs: DiffusersConfigs;
  sourceName: string;
  openAll: (files: readonly string[]) => Promise<GraphSignature[]>;
}

export const schedulerPath = 'scheduler/scheduler_config.json';

/** What Stable Diffusion was trained with: for folders that bring no scheduler. */
const usualScheduler = {
  _class_name: 'EulerDiscreteScheduler',
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  num_train_timesteps: 1000,
  prediction_type: 'epsilon',
  steps_offset: 1,
};

/** For a folder that brings no scheduler: writes the usual one. @returns it, as read */
export async function writeUsualScheduler(root: string, sourceName: string): Promise<NonNullable<DiffusersConfigs['scheduler']>> {
  const scheduler = { ...usualScheduler, timestep_spacing: /turbo/i.test(sourceName) ? 'trailing' : 'leading' };
  await mkdir(dirname(join(root, schedulerPath)), { recursive: true });
  await writeFile(join(root, schedulerPath), `${JSON.stringify(scheduler, null, 2)}\n`);
  return scheduler;
}

/** @throws as factsOf does */
export async function recogniseDiffusers({ root, layout, configs, sourceName, openAll }: RecogniseOptions): Promise<DiffusionConvention> {
  const { unet, vaeDecoder, vaeEncoder, textEncoder, textEncoder2 } = layout.graphs;
  // Small graphs first: what is wrong with them is told before gigabytes are read.
  const graphs = [textEncoder, vaeDecoder, vaeEncoder, textEncoder2, unet].filter((graph) => graph !== null);
  const signatures = await openAll(graphs.map((graph) => join(root, graph)));
  const of = (graph: string): GraphSignature => {
    const found = signatures[graphs.indexOf(graph)];
    if (found === undefined) throw new Error(`No signature came back for ${graph}.`);
    return found;
  };
  const ofSome = (graph: string | null): GraphSignature | null => (graph === null ? null : of(graph));
  const facts = factsOf(
    {
      unet: of(unet),
      vaeDecoder: of(vaeDecoder),
      vaeEncoder: ofSome(vaeEncoder),
      textEncoder: ofSome(textEncoder),
      textEncoder2: ofSome(textEncoder2),
    },
    configs,
  );
  return conventionOf({ layout, configs, facts, sourceName, schedulerConfig: schedulerPath });
}

/** How the model is called: by its own index, else by the user's folder. */
export function titleOf(configs: DiffusersConfigs, sourceName: string): string {
  const own = basename((configs.modelIndex._name_or_path ?? '').replaceAll('\\', '/').replace(/\/+$/, ''));
  const folder = basename(sourceName.replaceAll('\\', '/').replace(/\/+$/, '')).replace(/\.zip$/i, '');
  // Exporters leave cache paths (a commit's hash) in the index, and the hub's cache calls its folders by them.
  const usable = (name: string): boolean => name !== '' && name !== '.' && !/^[0-9a-f]{40}$/.test(name);
  return [folder, own].find(usable) ?? 'Imported diffusion model';
}
