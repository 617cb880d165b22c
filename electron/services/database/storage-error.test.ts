import { expect, it } from 'vitest';
import { guardStorageAsync, storageError } from './storage-error.ts';

it.each([
  [Object.assign(new Error('x'), { code: 'ENOSPC' }), 'disk-full'],
  [Object.assign(new Error('x'), { code: 'SQLITE_FULL' }), 'disk-full'],
  [Object.assign(new Error('x'), { code: 'SQLITE_IOERR_WRITE' }), 'disk-full'],
  [new Error('/t/a.png: write error\nsystem error: No space left on device\nwbuffer_write: write failed'), 'disk-full'],
  [Object.assign(new Error('x'), { code: 'EROFS' }), 'read-only'],
  [Object.assign(new Error('x'), { code: 'SQLITE_READONLY_DIRECTORY' }), 'read-only'],
  [new Error('unable to open for write\nsystem error: Read-only file system'), 'read-only'],
  [Object.assign(new Error('x'), { code: 'SQLITE_CORRUPT_VTAB' }), 'library-corrupt'],
])('says what to do about %s', async (error, code) => {
  const work = guardStorageAsync('Storing a file', () => Promise.reject(error));
  await expect(work).rejects.toMatchObject({ code, message: expect.stringContaining('Storing a file') as string });
  await expect(work).rejects.toHaveProperty('action');
});

it.each([[new Error('No space left in the picture')], ['words'], [null]])('leaves %s as it is', (error) => {
  expect(storageError(error, 'Storing a file')).toBe(error);
});
