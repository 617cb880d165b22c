/** The grid that is being put together; it outlives the dialog, so that the dialog can be closed while pictures are made. */
import { z } from 'zod';
import { studio } from '../../../api/studio.ts';
import { recall, remember } from '../../../state/remembered.ts';
import { studioState } from '../../../state/studio-state.svelte.ts';
import type { DiffusionRequest } from '../../../../shared/domain/generation.ts';
import { gridAxis, gridChoices, GridError, planGrid, type GridContext, type GridPlan } from '../../../../shared/prompt/grid.ts';
import { SeriesRun, type MakeFile } from './series-run.svelte.ts';

export const axisNames = ['x', 'y', 'z'] as const;
export type AxisName = (typeof axisNames)[number];

const axisSchema = z.object({ choice: z.string().max(100), values: z.string().max(12_000) });
const settingsSchema = z.object({
  x: axisSchema,
  y: axisSchema,
  z: axisSchema,
  titled: z.boolean(),
  theme: z.enum(['light', 'dark']),
});
type Settings = z.infer<typeof settingsSchema>;

const first: Settings = {
  x: { choice: 'parameter:steps', values: '' },
  y: { choice: 'seed', values: '' },
  z: { choice: '', values: '' },
  titled: true,
  theme: 'light',
};

class GridSession {
  readonly run = new SeriesRun();
  settings: Settings = $state.raw(recall('generate.grid', settingsSchema) ?? first);
  base: DiffusionRequest | null = $state.raw(null);

  readonly context: GridContext = $derived({
    packs: studioState.packsFor('diffusion').map(({ manifest }) => ({ id: manifest.id, name: manifest.name })),
    loras: studioState.packsFor('lora').map(({ manifest }) => ({ id: manifest.id, name: manifest.name })),
  });
  readonly choices = $derived(gridChoices(this.context));
  /** What the settings stand for, or why they stand for nothing. */
  readonly planned: { plan: GridPlan; problem: null } | { plan: null; problem: string } = $derived.by(() => {
    if (this.base === null) return { plan: null, problem: 'Write a prompt and choose a model first.' };
    const { x, y, z } = this.settings;
    const [first, second, third] = [x, y, z].map(({ choice, values }) => (values.trim() === '' ? null : gridAxis(choice, values)));
    if (first == null && second == null && third == null) return { plan: null, problem: 'Write values for at least one axis.' };
    try {
      return { plan: planGrid(this.base, { x: first ?? null, y: second ?? null, z: third ?? null }, this.context), problem: null };
    } catch (error) {
      if (error instanceof GridError) return { plan: null, problem: error.message };
      throw error;
    }
  });

  exampleOf(choice: string): string {
    return this.choices.find(({ id }) => id === choice)?.example ?? '';
  }

  set(change: Partial<Settings>): void {
    this.settings = { ...this.settings, ...change };
    remember('generate.grid', this.settings);
  }

  setAxis(name: AxisName, change: Partial<Settings['x']>): void {
    // Values of one thing mean nothing for another.
    const emptied = change.choice === undefined ? {} : { values: '' };
    this.set({ [name]: { ...this.settings[name], ...emptied, ...change } });
  }

  swap(): void {
    const { x, y } = this.settings;
    this.set({ x: y, y: x });
  }

  async start(): Promise<void> {
    const { plan } = this.planned;
    const { base } = this;
    if (plan === null || base === null) return;
    await this.run.start(plan.requests, this.#sheetOf(plan, base));
  }

  /** The sheet again, on other paper. */
  async again(): Promise<void> {
    if (this.run.result !== null) await this.run.makeFile();
  }

  #sheetOf({ columns, rows, pages }: GridPlan, { params }: DiffusionRequest): MakeFile {
    return (pictures) =>
      studio.call('sheets.make', {
        cells: [...pictures],
        columns,
        rows,
        pages,
        title: this.settings.titled ? params.prompt : '',
        theme: this.settings.theme,
        name: (params.prompt.trim() === '' ? 'Grid' : `Grid ${params.prompt.trim()}`).slice(0, 80),
        embedMetadata: studioState.settings.embedMetadata,
      });
  }
}

export const gridSession = new GridSession();
