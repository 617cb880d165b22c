import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobIdSchema } from '../../../shared/domain/ids.ts';
import { newId } from '../ids.ts';
import { createPreviewStore } from './preview-store.ts';
import { createTransferStore } from './transfer-store.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kiln-transfers-'));
  folder = join(root, 'transfers');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function fileOf(text: string): string {
  const file = join(root, `${text}.tmp`);
  writeFileSync(file, text);
  return file;
}

describe('the transfer store', () => {
  it('gives an upload away once', () => {
    const store = createTransferStore({ folder });
    const id = store.addUpload(fileOf('a pack'), 'pack.zip');
    const taken = store.takeUpload(id);
    expect([readFileSync(taken.file, 'utf8'), taken.name]).toEqual(['a pack', 'pack.zip']);
    expect(() => store.takeUpload(id)).toThrow(expect.objectContaining({ code: 'not-found' }) as Error);
    store.dispose();
    expect(existsSync(taken.file)).toBe(true);
  });

  it('keeps an export as long as it is asked for, and no longer', () => {
    let nowMs = 0;
    const store = createTransferStore({ folder, lifetimeMs: 1000, now: () => nowMs });
    const id = store.addExport(fileOf('png'), 'picture.png', 'image/png');
    const { file } = store.exportFile(id) ?? { file: '' };
    nowMs = 900;
    expect(store.exportFile(id)).toMatchObject({ fileName: 'picture.png', mediaType: 'image/png' });
    nowMs = 1800;
    expect(store.exportFile(id)?.file).toBe(file);
    nowMs = 2801;
    expect([store.exportFile(id), existsSync(file)]).toEqual([null, false]);
    store.dispose();
  });

  it('deletes uploads that nobody takes, and the rest when it is disposed of', () => {
    let nowMs = 0;
    const store = createTransferStore({ folder, lifetimeMs: 1000, now: () => nowMs });
    store.addUpload(fileOf('one'), 'one');
    nowMs = 1001;
    store.addUpload(fileOf('two'), 'two');
    expect(readdirSync(folder)).toHaveLength(1);
    store.dispose();
    expect(readdirSync(folder)).toHaveLength(0);
  });

  it('starts empty, whatever a crash left', () => {
    createTransferStore({ folder }).addUpload(fileOf('left behind'), 'x');
    createTransferStore({ folder });
    expect(readdirSync(folder)).toHaveLength(0);
  });
});

it('the preview store keeps only the latest picture of a job', () => {
  const previews = createPreviewStore(folder);
  const job = newId(jobIdSchema);
  expect(previews.get(job)).toBeNull();
  previews.set(job, fileOf('first'), 'image/webp');
  previews.set(job, fileOf('second'), 'image/webp');
  expect(readFileSync(previews.get(job)?.file ?? '', 'utf8')).toBe('second');
  expect(readdirSync(folder)).toHaveLength(1);
  previews.clear(job);
  previews.clear(job);
  expect([previews.get(job), readdirSync(folder).length]).toEqual([null, 0]);
});
