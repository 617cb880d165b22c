import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../shared/contract/errors.ts';
import { createSocketTransport, type Socket } from './socket-transport.ts';

class ScriptedSocket implements Socket {
  sent: { id: number; name: string }[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  send(text: string): void {
    this.sent.push(JSON.parse(text) as { id: number; name: string });
  }
  close(): void {
    this.onclose?.();
  }
  answer(frame: unknown): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

function connectScripted() {
  const sockets: ScriptedSocket[] = [];
  const timers: { run: () => void; delayMs: number }[] = [];
  const transport = createSocketTransport({
    open: () => {
      const socket = new ScriptedSocket();
      sockets.push(socket);
      return socket;
    },
    setTimer: (run, delayMs) => timers.push({ run, delayMs }),
  });
  const latest = (): ScriptedSocket => sockets.at(-1)!;
  return { transport, sockets, timers, latest };
}

const project = { id: '01ARZ3NDEKTSV4RRFFQ69G5FAV', name: 'A', documentCount: 0, generationCount: 0, createdAtMs: 1, updatedAtMs: 1 };

describe('socket transport', () => {
  it('keeps calls until the line is open, and matches answers by id', async () => {
    const { transport, latest } = connectScripted();
    const first = transport.call('projects.list', undefined);
    const second = transport.call('projects.create', { name: 'A' });
    expect(latest().sent).toHaveLength(0);
    latest().onopen?.();
    expect(latest().sent.map((frame) => frame.name)).toEqual(['projects.list', 'projects.create']);
    latest().answer({ type: 'result', id: 1, output: project });
    latest().answer({ type: 'result', id: 0, output: [] });
    await expect(first).resolves.toEqual([]);
    await expect(second).resolves.toMatchObject({ name: 'A' });
  });

  it('answers a call without output', async () => {
    const { transport, latest } = connectScripted();
    latest().onopen?.();
    const call = transport.call('jobs.pauseQueue', undefined);
    latest().answer({ type: 'result', id: 0 });
    await expect(call).resolves.toBeUndefined();
  });

  it('reconnects, fails what was on its way and sends what waited', async () => {
    const { transport, sockets, timers, latest } = connectScripted();
    const states: string[] = [];
    transport.onConnection((state) => states.push(state));
    latest().onopen?.();
    const onItsWay = transport.call('projects.list', undefined);
    latest().close();
    await expect(onItsWay).rejects.toMatchObject({ code: 'internal' });
    const waiting = transport.call('projects.list', undefined);
    timers[0]!.run();
    latest().close();
    expect(timers[1]!.delayMs).toBeGreaterThan(timers[0]!.delayMs);
    timers[1]!.run();
    latest().onopen?.();
    latest().answer({ type: 'result', id: 1, output: [] });
    await expect(waiting).resolves.toEqual([]);
    expect(sockets).toHaveLength(3);
    expect(states).toEqual(['connected', 'lost', 'connected']);
  });

  it('turns errors into AppError and refuses an answer outside the contract', async () => {
    const { transport, latest } = connectScripted();
    latest().onopen?.();
    const refused = transport.call('projects.list', undefined);
    latest().answer({ type: 'error', id: 0, error: { code: 'disk-full', message: 'No room.', action: 'Make room.' } });
    await expect(refused).rejects.toEqual(new AppError('disk-full', 'No room.', { action: 'Make room.' }));
    const strange = transport.call('projects.list', undefined);
    latest().answer({ type: 'result', id: 1, output: [{ id: 'x' }] });
    await expect(strange).rejects.toMatchObject({ code: 'internal' });
  });

  it('passes events on and drops frames it does not know', () => {
    const { transport, latest } = connectScripted();
    const listener = vi.fn();
    const stop = transport.subscribe(listener);
    latest().onopen?.();
    latest().answer({ type: 'event', event: { type: 'queue.changed', paused: true } });
    latest().answer({ type: 'event', event: { type: 'no.such.event' } });
    latest().onmessage?.({ data: 'not json' });
    expect(listener.mock.calls).toEqual([[{ type: 'queue.changed', paused: true }]]);
    stop();
    latest().answer({ type: 'event', event: { type: 'packs.changed' } });
    expect(listener).toHaveBeenCalledTimes(1);
  });
});
