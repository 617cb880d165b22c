/** Opens the pack's event models, checked against what each of them is known to write. */
import { AppError } from '../../../../shared/contract/errors.ts';
import { eventNetwork, type EventNetwork } from '../../../components/score/event-network.ts';
import type { ScoreRun } from '../run.ts';

/** Fields and conditions of the models, as models/pipelines/score/README.md describes them. */
const sizes = {
  chorale: { fields: [53, 53, 53, 53], conditions: 4 },
  song: { fields: [146, 4, 89, 25], conditions: 6 },
  drums: { fields: [50, 10, 17, 18], conditions: 6 },
} as const;

export type EventStyle = keyof typeof sizes;

/** @throws AppError model-mismatch when the pack's model writes other events */
export async function openEventNetwork(run: ScoreRun, style: EventStyle): Promise<EventNetwork> {
  const model = run.vocabulary.eventModels[style];
  const { fields, conditions } = sizes[style];
  if (model.fields.join() !== fields.join() || model.conditions.length !== conditions) {
    throw new AppError(
      'model-mismatch',
      `The pack's model of ${style} has events of the sizes ${model.fields.join(', ')}, not ${fields.join(', ')}.`,
      {
        action: 'Install the version of the pack that belongs to this Kiln.',
      },
    );
  }
  return run.context.time('load', async () =>
    eventNetwork(await run.context.session(model.step), await run.context.session(model.head), model),
  );
}
