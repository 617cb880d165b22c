import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAutosave } from './autosave.ts';

describe('autosave', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('saves once after a quiet moment', async () => {
    const save = vi.fn(() => Promise.resolve());
    const autosave = createAutosave({ save, onError: () => undefined });
    autosave.changed();
    await vi.advanceTimersByTimeAsync(300);
    autosave.changed();
    await vi.advanceTimersByTimeAsync(599);
    expect(save).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(save).toHaveBeenCalledTimes(1);
    expect(autosave.dirty).toBe(false);
  });

  it('saves within two seconds although changes never stop', async () => {
    const save = vi.fn(() => Promise.resolve());
    const autosave = createAutosave({ save, onError: () => undefined });
    for (let elapsedMs = 0; elapsedMs < 1_900; elapsedMs += 100) {
      autosave.changed();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(save).toHaveBeenCalledTimes(1);
  });

  it('saves again what changed while it was saving, one save at a time', async () => {
    let finish = (): void => undefined;
    let running = 0;
    let most = 0;
    const save = vi.fn(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => (finish = resolve));
      running -= 1;
    });
    const autosave = createAutosave({ save, onError: () => undefined });
    autosave.changed();
    await vi.advanceTimersByTimeAsync(600);
    autosave.changed();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(save).toHaveBeenCalledTimes(1);
    finish();
    await vi.advanceTimersByTimeAsync(600);
    expect(save).toHaveBeenCalledTimes(2);
    expect(most).toBe(1);
  });

  it('stays dirty and tries again after a failure', async () => {
    const save = vi.fn(() => Promise.resolve()).mockImplementationOnce(() => Promise.reject(new Error('disk full')));
    const onError = vi.fn();
    const autosave = createAutosave({ save, onError });
    autosave.changed();
    await vi.advanceTimersByTimeAsync(600);
    expect(onError).toHaveBeenCalledTimes(1);
    expect(autosave.dirty).toBe(true);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(save).toHaveBeenCalledTimes(2);
    expect(autosave.dirty).toBe(false);
  });

  it('flush waits for the running save and saves the rest', async () => {
    const order: string[] = [];
    const autosave = createAutosave({
      save: async () => {
        order.push('begin');
        await new Promise((resolve) => setTimeout(resolve, 100));
        order.push('end');
      },
      onError: () => undefined,
    });
    autosave.changed();
    await vi.advanceTimersByTimeAsync(600);
    autosave.changed();
    const flushed = autosave.flush();
    await vi.advanceTimersByTimeAsync(300);
    await flushed;
    expect(order).toEqual(['begin', 'end', 'begin', 'end']);
    expect(autosave.dirty).toBe(false);
  });
});
