/**
 * A changed copy of a graph and its data files: the files are cloned (copy-on-write where the disk can), then only what changes
 * is written. Edits that keep their length are patched in place; others write the graph's file anew, as a stream.
 */
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { copyFile, link, mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { OnnxGraph, Span } from './onnx-graph.ts';
import { varint } from './proto-write.ts';

/** What takes the place of a span; made when its turn comes, so that only one is in memory. */
export interface Edit extends Span {
  /** null: the graph's own file, else the data file beside it. */
  file: string | null;
  /** The bytes may be more or fewer than there were: fields of the graph's body only. */
  resizes?: true;
  /** Bytes that are put there. */
  bytes(): Promise<Uint8Array>;
}

export interface Rewrite {
  edits: Edit[];
  /** Fields of GraphProto that are added at its end. */
  added: Buffer[];
}

export async function writeChanged(graph: OnnxGraph, changes: Rewrite, target: string): Promise<void> {
  const folder = dirname(graph.path);
  for (const name of graph.externalFiles) {
    const edits = changes.edits.filter(({ file }) => file === name);
    const copy = join(dirname(target), name);
    await mkdir(dirname(copy), { recursive: true });
    if (edits.length === 0) await shared(join(folder, name), copy);
    else {
      await copyFile(join(folder, name), copy, constants.COPYFILE_FICLONE);
      await patch(copy, edits);
    }
  }
  await writeGraph(graph, changes, target);
}

/** The graph's own file only. */
export async function writeGraph(graph: OnnxGraph, changes: Rewrite, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const own = changes.edits.filter(({ file }) => file === null).sort((one, other) => one.start - other.start);
  const resized = own.filter(({ resizes }) => resizes);
  if (resized.length === 0 && changes.added.length === 0) {
    await copyFile(graph.path, target, constants.COPYFILE_FICLONE);
    await patch(target, own);
  } else await stream(graph, own, resized, changes.added, target);
}

/** Nobody writes to it: a second name for the same bytes will do. */
async function shared(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE));
}

async function patch(file: string, edits: readonly Edit[]): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    for (const edit of edits) await writeAll(handle, await checked(edit), edit.start);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function checked(edit: Edit): Promise<Uint8Array> {
  const bytes = await edit.bytes();
  if (bytes.byteLength !== edit.end - edit.start) throw new RangeError('A tensor would change its size.');
  return bytes;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.byteLength - done, at + done);
    done += bytesWritten;
  }
}

async function stream(
  graph: OnnxGraph,
  edits: readonly Edit[],
  resized: readonly Edit[],
  added: readonly Buffer[],
  target: string,
): Promise<void> {
  const renewed = new Map<Edit, Uint8Array>();
  for (const edit of resized) renewed.set(edit, await edit.bytes());
  let length = graph.body.end - graph.body.start;
  for (const [edit, bytes] of renewed) length += bytes.byteLength - (edit.end - edit.start);
  for (const bytes of added) length += bytes.byteLength;

  async function* copied(start: number, end: number): AsyncGenerator<Uint8Array> {
    if (end > start) yield* createReadStream(graph.path, { start, end: end - 1, highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
  }
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield* copied(0, graph.tagAt);
    yield Buffer.concat([varint(7 * 8 + 2), varint(length)]);
    let at = graph.body.start;
    for (const edit of edits) {
      yield* copied(at, edit.start);
      yield renewed.get(edit) ?? (await checked(edit));
      at = edit.end;
    }
    yield* copied(at, graph.body.end);
    yield* added;
    yield* copied(graph.body.end, graph.size);
  }
  await pipeline(pieces, createWriteStream(target, { flags: 'wx', flush: true }));
}
