/**
 * Graphs that draw chance themselves (VITS, Kokoro and SpeechT5 do): a copy whose nodes of chance have a seed, so that a run can
 * be repeated. onnxruntime reads the attribute when a session is opened and goes on from there, so that each run needs a new one.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readOnnxGraph, type GraphNode, type OnnxGraph } from '../graph-changes/onnx-graph.ts';
import { ProtoFile } from '../graph-changes/proto-file.ts';
import { block, number, text, varint } from '../graph-changes/proto-write.ts';
import { writeChanged, type Edit } from '../graph-changes/rewrite.ts';

const drawing: ReadonlySet<string> = new Set([
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
]);
/** Their branches and bodies are graphs too. */
const nesting: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan']);
/** The attribute is a float32, whose whole numbers are exact up to here. */
const mostSeeds = 2 ** 24;

/** Seeds that differ from node to node. */
class Seeds {
  #at: number;
  constructor(seed: number) {
    this.#at = seed % mostSeeds;
  }
  next(): number {
    this.#at = (this.#at * 48_271 + 11) % mostSeeds;
    return this.#at;
  }
}

/** Whether anything in the graph draws chance. @throws RangeError for files that are no graphs */
export async function drawsChance(file: string): Promise<boolean> {
  return (await editsOf(await readOnnxGraph(file), new Seeds(0))).length > 0;
}

/** @param target in a folder of its own: data files are put beside it */
export async function writeSeeded(file: string, seed: number, target: string): Promise<void> {
  const graph = await readOnnxGraph(file);
  await mkdir(dirname(target), { recursive: true });
  await writeChanged(graph, { edits: await editsOf(graph, new Seeds(seed)), added: [] }, target);
}

async function editsOf(graph: OnnxGraph, seeds: Seeds): Promise<Edit[]> {
  const file = await ProtoFile.open(graph.path);
  const edits: Edit[] = [];
  try {
    for (const { field, op } of graph.nodes.filter(mayDraw)) {
      const body = fieldsOf(await file.bytes(field.start, field.end - field.start))[0]?.payload;
      const seeded = body === undefined ? null : seededNode(op, body, seeds);
      if (seeded !== null) edits.push({ ...field, file: null, resizes: true, bytes: () => Promise.resolve(block(1, seeded)) });
    }
    return edits;
  } finally {
    await file.close();
  }
}

const mayDraw = ({ op, domain }: GraphNode): boolean => (domain === '' || domain === 'ai.onnx') && (drawing.has(op) || nesting.has(op));

/** NodeProto: attribute = 5. @returns null: nothing in it draws chance */
function seededNode(op: string, body: Buffer, seeds: Seeds): Buffer | null {
  if (!drawing.has(op)) return replaced(body, ({ field, payload }) => (field === 5 ? seededAttribute(payload, seeds) : null));
  const others = fieldsOf(body).filter(({ field, payload }) => field !== 5 || nameOf(payload) !== 'seed');
  return Buffer.concat([...others.map(({ all }) => all), block(5, seedAttribute(seeds.next()))]);
}

/** AttributeProto: g = 6, graphs = 11. */
const seededAttribute = (body: Buffer, seeds: Seeds): Buffer | null =>
  replaced(body, ({ field, wire, payload }) => (wire === 2 && (field === 6 || field === 11) ? seededSubgraph(payload, seeds) : null));

/** GraphProto: node = 1. */
const seededSubgraph = (body: Buffer, seeds: Seeds): Buffer | null =>
  replaced(body, ({ field, payload }) => {
    const op = field === 1 ? opOf(payload) : '';
    return drawing.has(op) || nesting.has(op) ? seededNode(op, payload, seeds) : null;
  });

/** @returns null when nothing was replaced */
function replaced(body: Buffer, replacement: (field: Field) => Buffer | null): Buffer | null {
  const fields = fieldsOf(body);
  const renewed = fields.map(replacement);
  if (renewed.every((one) => one === null)) return null;
  return Buffer.concat(
    fields.map(({ field, all }, at) => {
      const one = renewed[at];
      return one == null ? all : block(field, one);
    }),
  );
}

const opOf = (node: Buffer): string =>
  fieldsOf(node)
    .find(({ field }) => field === 4)
    ?.payload.toString('utf8') ?? '';
const nameOf = (attribute: Buffer): string =>
  fieldsOf(attribute)
    .find(({ field }) => field === 1)
    ?.payload.toString('utf8') ?? '';

/** name = 1, f = 2 (four bytes), type = 20: FLOAT. */
function seedAttribute(seed: number): Buffer {
  const value = Buffer.alloc(4);
  value.writeFloatLE(seed);
  return Buffer.concat([text(1, 'seed'), varint(2 * 8 + 5), value, number(20, 1)]);
}

interface Field {
  field: number;
  wire: number;
  payload: Buffer;
  /** Tag and all. */
  all: Buffer;
}

/** @throws RangeError for what is no protobuf */
function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = varintAt(bytes, at);
    const wire = tag.value % 8;
    const length = wire === 2 ? varintAt(bytes, tag.next) : null;
    const start = length?.next ?? tag.next;
    const end = length !== null ? start + length.value : wire === 0 ? varintAt(bytes, start).next : start + (wire === 1 ? 8 : 4);
    if (end > bytes.length || end <= at) throw new RangeError('The file is no protobuf.');
    fields.push({ field: Math.floor(tag.value / 8), wire, payload: bytes.subarray(start, end), all: bytes.subarray(at, end) });
    at = end;
  }
  return fields;
}

function varintAt(bytes: Buffer, from: number): { value: number; next: number } {
  let value = 0;
  for (let at = from; at < bytes.length && at < from + 10; at += 1) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (at - from));
    if (byte < 0x80) return { value, next: at + 1 };
  }
  throw new RangeError('The file is no protobuf.');
}
