import { expect, it } from 'vitest';
import { entriesOf, readEntries } from './dropped-folders.ts';

type Tree = { [name: string]: Tree | string };

function entry(name: string, content: Tree | string): FileSystemEntry {
  if (typeof content === 'string') {
    return {
      name,
      isFile: true,
      isDirectory: false,
      file: (give: (file: File) => void) => give(new File([content], name)),
    } as unknown as FileSystemEntry;
  }
  const all = Object.entries(content).map(([child, below]) => entry(child, below));
  return {
    name,
    isFile: false,
    isDirectory: true,
    // As browsers do: a part at a time, then none.
    createReader: () => {
      const left = [...all];
      return { readEntries: (give: (some: FileSystemEntry[]) => void) => give(left.splice(0, 2)) };
    },
  } as unknown as FileSystemEntry;
}

it('reads folders whole, with paths that begin at the folder, and files beside them', async () => {
  const { files, folders } = await readEntries([
    entry('sd', {
      unet: { 'model.onnx': 'a', 'model.onnx_data': 'b' },
      'model_index.json': '{}',
      tokenizer: { 'vocab.json': '{}' },
      empty: {},
    }),
    entry('photo.png', 'p'),
  ]);
  expect(files.map(({ name }) => name)).toEqual(['photo.png']);
  expect(folders.map(({ name }) => name)).toEqual(['sd']);
  expect(folders[0]?.files.map(({ path }) => path).sort()).toEqual([
    'sd/model_index.json',
    'sd/tokenizer/vocab.json',
    'sd/unet/model.onnx',
    'sd/unet/model.onnx_data',
  ]);
});

it('takes nothing but files and folders from what was dropped', () => {
  const items = [
    { kind: 'string', webkitGetAsEntry: () => null },
    { kind: 'file', webkitGetAsEntry: () => null },
    { kind: 'file', webkitGetAsEntry: () => entry('a.onnx', 'x') },
  ] as unknown as DataTransferItemList;
  expect(entriesOf(items).map(({ name }) => name)).toEqual(['a.onnx']);
  expect(entriesOf(undefined)).toEqual([]);
});
