import { z } from 'zod';

/** A path inside the pack: forward slashes, no "..", not absolute, no drive letters, no control characters. */
export const packPathSchema = z
  .string()
  .min(1)
  .max(200)
  .refine(
    // eslint-disable-next-line no-control-regex -- control characters are what must not be in a path
    (path) => !/^[/\\]|^[a-zA-Z]:|[\\\0-\x1f]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    'must be a plain path inside the pack',
  );
