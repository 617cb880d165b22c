/** Events from services to whoever shows them. Delivery is synchronous and in order; one failing listener harms no other. */
import { eventSchema } from '../../../shared/contract/events.ts';
import type { Logger } from '../host.ts';
import { causeChain } from '../router.ts';
import type { EventBus } from '../service-types.ts';

export function createEventBus(log: Logger): EventBus {
  const listeners = new Set<Parameters<EventBus['subscribe']>[0]>();
  return {
    publish(event) {
      const parsed = eventSchema.safeParse(event);
      if (!parsed.success) {
        log.error(`an event outside the contract was dropped: ${event.type}`, causeChain(parsed.error));
        return;
      }
      for (const listener of [...listeners]) {
        try {
          listener(parsed.data);
        } catch (error) {
          log.error(`a listener failed on ${event.type}`, causeChain(error));
        }
      }
    },
    subscribe(listener) {
      // A wrapper, so that subscribing one function twice gives two subscriptions.
      const entry: typeof listener = (event) => {
        listener(event);
      };
      listeners.add(entry);
      return () => {
        listeners.delete(entry);
      };
    },
  };
}
