import { expect, it } from 'vitest';
import type { StudioEvent } from '../../../shared/contract/events.ts';
import { createEventBus } from './event-bus.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

it('tells everyone in order, whatever one of them does', () => {
  const errors: string[] = [];
  const bus = createEventBus({ ...silent, error: (message) => void errors.push(message) });
  const heard: string[] = [];
  bus.subscribe(() => {
    throw new Error('a broken listener');
  });
  bus.subscribe((event) => heard.push(event.type));
  bus.publish({ type: 'history.changed' });
  bus.publish({ type: 'packs.changed' });
  expect(heard).toEqual(['history.changed', 'packs.changed']);
  expect(errors).toHaveLength(2);
});

it('stops telling who unsubscribed, even from within a listener', () => {
  const bus = createEventBus(silent);
  let heard = 0;
  const count = (): void => void (heard += 1);
  const first = bus.subscribe(count);
  const second = bus.subscribe(count);
  bus.subscribe(() => {
    second();
  });
  bus.publish({ type: 'history.changed' });
  expect(heard).toBe(2);
  bus.publish({ type: 'history.changed' });
  expect(heard).toBe(3);
  first();
  first();
  bus.publish({ type: 'history.changed' });
  expect(heard).toBe(3);
});

it('drops an event outside the contract', () => {
  const errors: string[] = [];
  const bus = createEventBus({ ...silent, error: (message) => void errors.push(message) });
  const heard: StudioEvent[] = [];
  bus.subscribe((event) => heard.push(event));
  bus.publish({ type: 'queue.changed' } as StudioEvent);
  expect([heard.length, errors.length]).toEqual([0, 1]);
});
