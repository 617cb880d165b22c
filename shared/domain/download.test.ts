import { expect, it } from 'vitest';
import { parseRepository, repositoryNameSchema, revisionSchema } from './download.ts';

it.each([
  ['acme/sd-turbo-onnx', 'acme/sd-turbo-onnx', null],
  [' acme/sd@onnx ', 'acme/sd', 'onnx'],
  ['https://huggingface.co/acme/sd', 'acme/sd', null],
  ['https://huggingface.co/acme/sd/', 'acme/sd', null],
  ['https://huggingface.co/acme/sd/tree/fp16/onnx', 'acme/sd', 'fp16'],
  ['https://huggingface.co/acme/sd/blob/main/unet/model.onnx?x=1#y', 'acme/sd', 'main'],
  ['gpt2', 'gpt2', null],
])('%s is a repository', (text, name, revision) => expect(parseRepository(text)).toEqual({ name, revision }));

it.each(['', 'a/b/c', '../x', 'a/..', 'https://huggingface.co/', 'a b/c', 'acme/sd@../x', '/acme/sd', 'acme/-x'])('%s is none', (text) =>
  expect(parseRepository(text)).toBeNull(),
);

it('lets no path out of a name or a revision', () => {
  for (const name of ['a/../b', '../b', 'a/b/..', 'a\\b', 'a/b?x', 'a%2f..'])
    expect(repositoryNameSchema.safeParse(name).success).toBe(false);
  for (const name of ['../main', 'a//b', 'a?b', '-x', 'refs/../../x']) expect(revisionSchema.safeParse(name).success).toBe(false);
  expect(revisionSchema.safeParse('refs/pr/3').success).toBe(true);
});
