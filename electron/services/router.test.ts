import { describe, expect, it } from 'vitest';
import { calls, type Handlers } from '../../shared/contract/calls.ts';
import { AppError } from '../../shared/contract/errors.ts';
import { settingsSchema } from '../../shared/domain/settings.ts';
import type { Logger } from './host.ts';
import { createRouter } from './router.ts';

function recordingLog(): Logger & { lines: { level: string; message: string; details: unknown }[] } {
  const lines: { level: string; message: string; details: unknown }[] = [];
  const at = (level: string) => (message: string, details?: unknown) => void lines.push({ level, message, details });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Every call handled by something that must not be reached, but for those given. */
function handlersWith(given: Partial<Handlers>): Partial<Handlers> {
  const refuse = (): never => {
    throw new Error('not expected to be called');
  };
  return { ...Object.fromEntries(Object.keys(calls).map((name) => [name, refuse])), ...given };
}

describe('the router', () => {
  it('refuses to start with a call that nobody handles, naming it', () => {
    const handlers = handlersWith({});
    delete handlers['jobs.move'];
    expect(() => createRouter([handlers], recordingLog())).toThrow('jobs.move');
  });

  it('refuses to start with a call that is handled twice, naming it', () => {
    const again: Partial<Handlers> = { 'jobs.cancelAll': () => undefined };
    expect(() => createRouter([handlersWith({}), again], recordingLog())).toThrow('jobs.cancelAll is handled twice');
  });

  it('refuses to start with a handler for a call outside the contract', () => {
    const stray = { 'shell.run': () => undefined } as Partial<Handlers>;
    expect(() => createRouter([handlersWith({}), stray], recordingLog())).toThrow('shell.run');
  });

  it('hands the handler validated input with its defaults', async () => {
    let received: unknown;
    const router = createRouter(
      [
        handlersWith({
          'system.doctor': (input) => {
            received = input;
            throw new AppError('cancelled', 'enough');
          },
        }),
      ],
      recordingLog(),
    );
    await router.dispatch('system.doctor', {});
    expect(received).toEqual({ again: false });
  });

  it('passes an AppError on as it is, without its cause', async () => {
    const failing = handlersWith({
      'settings.get': () => {
        throw new AppError('disk-full', 'The disk is full.', { action: 'Free some space.', cause: new Error('ENOSPC /home/secret') });
      },
    });
    const reply = await createRouter([failing], recordingLog()).dispatch('settings.get', undefined);
    expect(reply).toEqual({ ok: false, error: { code: 'disk-full', message: 'The disk is full.', action: 'Free some space.' } });
  });

  it('keeps the text of the unforeseen to the log, with every cause', async () => {
    const log = recordingLog();
    const failing = handlersWith({
      'settings.get': () => {
        throw new Error('cannot read /home/secret', { cause: new Error('because of that') });
      },
    });
    const reply = await createRouter([failing], log).dispatch('settings.get', undefined);
    expect(reply).toMatchObject({ ok: false, error: { code: 'internal' } });
    expect(JSON.stringify(reply)).not.toContain('secret');
    expect(log.lines).toMatchObject([{ level: 'error', message: 'settings.get failed unexpectedly' }]);
    expect(JSON.stringify(log.lines[0]?.details)).toMatch(/secret.*because of that/);
  });

  it('lets no output outside the contract through', async () => {
    const log = recordingLog();
    const wrong = handlersWith({ 'settings.get': () => ({ theme: 'mauve' }) as never });
    expect(await createRouter([wrong], log).dispatch('settings.get', undefined)).toMatchObject({ ok: false, error: { code: 'internal' } });
    expect(log.lines[0]?.level).toBe('error');
  });

  it('answers hosts themselves with values and AppErrors', async () => {
    const settings = settingsSchema.parse({});
    const router = createRouter([handlersWith({ 'settings.get': () => settings })], recordingLog());
    expect(await router.call('settings.get', undefined)).toEqual(settings);
    await expect(router.call('jobs.cancel', { id: 'x' })).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(router.call('jobs.list', undefined)).rejects.toMatchObject({ name: 'AppError', code: 'internal' });
  });
});
