import { describe, expect, it } from 'vitest';
import { checkHeaderLength, parseSafetensorsHeader } from './safetensors.ts';

const parse = (header: unknown, dataBytes: number) => {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  return parseSafetensorsHeader(text, text.length, 8 + text.length + dataBytes);
};
const tensor = (shape: number[], begin: number, end: number, dtype = 'F32') => ({ dtype, shape, data_offsets: [begin, end] });

describe('safetensors headers', () => {
  it('give names, types, shapes and places in the file', () => {
    const header = { __metadata__: { 'modelspec.title': 'A' }, b: tensor([2, 3], 4, 28), a: tensor([], 0, 4) };
    const { tensors, metadata } = parse(header, 28);
    const data = 8 + JSON.stringify(header).length;
    expect(metadata).toEqual({ 'modelspec.title': 'A' });
    expect(tensors.get('b')).toEqual({ type: 'F32', shape: [2, 3], begin: data + 4, end: data + 28 });
    expect(tensors.get('a')).toEqual({ type: 'F32', shape: [], begin: data, end: data + 4 });
  });

  it.each([
    ['text that is no object', '[1]', 0],
    ['text that is no JSON', '{"a":', 0],
    ['overlapping tensors', { a: tensor([2], 0, 8), b: tensor([2], 4, 12) }, 12],
    ['a gap between tensors', { a: tensor([1], 0, 4), b: tensor([1], 8, 12) }, 12],
    ['a tensor beyond the file', { a: tensor([4], 0, 16) }, 8],
    ['bytes that belong to none', { a: tensor([1], 0, 4) }, 8],
    ['fewer bytes than the shape needs', { a: tensor([3], 0, 8) }, 8],
    ['offsets that run backwards', { a: tensor([1], 4, 0) }, 4],
    ['a negative offset', { a: tensor([1], -4, 0) }, 4],
    ['an unknown type', { a: tensor([1], 0, 4, 'F4') }, 4],
    ['a type by a name of the language', { a: tensor([1], 0, 4, 'constructor') }, 4],
    ['a shape too large for any number', { a: tensor([2 ** 40, 2 ** 40], 0, 4) }, 4],
    ['a negative side', { a: tensor([-1], 0, 4) }, 4],
    ['a tensor without a shape', { a: { dtype: 'F32', data_offsets: [0, 4] } }, 4],
    ['absurdly long names', { ['n'.repeat(2000)]: tensor([1], 0, 4) }, 4],
  ])('are refused for %s', (_what, header, dataBytes) => {
    expect(() => parse(header, dataBytes)).toThrow(expect.objectContaining({ code: 'pack-invalid' }) as Error);
  });

  it.each([0, 1, 2 ** 31, 2 ** 60, Number.MAX_VALUE, NaN])('cannot be %s bytes long in a file of 100', (length) => {
    expect(() => checkHeaderLength(length, 100)).toThrow(expect.objectContaining({ code: 'pack-invalid' }) as Error);
  });

  it('are refused for a name that is there twice, and for __proto__', () => {
    const refused = expect.objectContaining({ code: 'pack-invalid' }) as Error;
    const twice = '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}';
    expect(() => parse(twice, 8)).toThrow(refused);
    expect(() => parse('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4)).toThrow(refused);
  });
});
