/** How the user likes the roll: remembered by the window, the same for all clips. */
import { z } from 'zod';
import { snaps, type Snap } from '../../../roll/geometry/grid.ts';
import type { RollTool } from '../../../roll/roll-api.ts';
import { recall, remember } from '../../../state/remembered.ts';

const schema = z.object({
  snap: z.enum(snaps).default('auto'),
  /** 0..1 */
  strength: z.number().min(0).max(1).default(1),
  swing: z.number().min(0).max(1).default(0),
  velocityLane: z.boolean().default(true),
  follow: z.boolean().default(true),
});
type Remembered = z.infer<typeof schema>;

export class RollSettingsState {
  tool: RollTool = $state('select');
  #kept: Remembered = $state.raw(recall('music.roll', schema) ?? schema.parse({}));

  get snap(): Snap {
    return this.#kept.snap;
  }
  get strength(): number {
    return this.#kept.strength;
  }
  get swing(): number {
    return this.#kept.swing;
  }
  get velocityLane(): boolean {
    return this.#kept.velocityLane;
  }
  get follow(): boolean {
    return this.#kept.follow;
  }

  setTool(tool: RollTool): void {
    this.tool = tool;
  }
  change(change: Partial<Remembered>): void {
    this.#kept = { ...this.#kept, ...change };
    remember('music.roll', this.#kept);
  }
}
