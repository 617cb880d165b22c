/** Strangers' XML as a tree: no entities but the five of XML itself, no document types of their own, no depth or size without end. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { AppError } from '../../../../shared/contract/errors.ts';
import { unreadable } from './music-file.ts';

export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

const deepestNesting = 40;
const attributesKey = ':@';
const textKey = '#text';
const prefix = '@_';
const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decoded(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return named[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : '';
  });
}

function textOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  const isLatin = /^\s*<\?xml[^>]*encoding=["'](?:iso-8859-1|latin1|windows-1252)["']/i.test(head);
  return new TextDecoder(isLatin ? 'windows-1252' : 'utf-8').decode(bytes);
}

/** The parser's ordered form: one key a node, beside its attributes. */
type RawNode = Record<string, unknown>;

function isRawList(value: unknown): value is RawNode[] {
  return Array.isArray(value);
}

function element(node: RawNode): XmlElement | null {
  const name = Object.keys(node).find((key) => key !== attributesKey);
  if (name === undefined || name === textKey || name.startsWith('?')) return null;
  const raw = node[name];
  const children: XmlElement[] = [];
  let text = '';
  for (const child of isRawList(raw) ? raw : []) {
    const value = child[textKey];
    if (typeof value === 'string') text += value;
    const inner = element(child);
    if (inner !== null) children.push(inner);
  }
  const attributes: Record<string, string> = {};
  const given = node[attributesKey];
  if (typeof given === 'object' && given !== null) {
    for (const [key, value] of Object.entries(given)) attributes[key.slice(prefix.length)] = decoded(String(value));
  }
  return { name, attributes, children, text: decoded(text).trim() };
}

/** The root. @throws AppError invalid-request for what is no XML, or plays tricks with entities or depth */
export function parseXml(kind: string, bytes: Uint8Array): XmlElement {
  const source = textOf(bytes).replace(/^\uFEFF/, '');
  // MusicXML names a document type, but never brings its own.
  if (/<!ENTITY|<!ELEMENT|<!DOCTYPE[^>]*\[/i.test(source)) {
    throw new AppError('invalid-request', `This ${kind} file brings definitions of its own, as attacks do and music does not.`, {
      action: 'Do not use this file, or export the piece anew.',
    });
  }
  const plain = source.replace(/<!DOCTYPE[^>]*>/i, '');
  let nodes: unknown;
  try {
    // Its successor is a package of its own, which this one check does not ask for.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    const verdict = XMLValidator.validate(plain);
    if (verdict !== true) throw unreadable(kind, `its XML is damaged in line ${String(verdict.err.line)} (${verdict.err.msg}).`);
    const parser = new XMLParser({
      preserveOrder: true,
      ignoreAttributes: false,
      attributeNamePrefix: prefix,
      parseTagValue: false,
      parseAttributeValue: false,
      processEntities: false,
      maxNestedTags: deepestNesting,
    });
    nodes = parser.parse(plain);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unreadable(kind, 'its XML is damaged or nested too deeply.', error);
  }
  const root = isRawList(nodes) ? nodes.map(element).find((one) => one !== null) : undefined;
  if (root === undefined) throw unreadable(kind, 'it holds no music.');
  return root;
}

export const child = (parent: XmlElement | undefined, name: string): XmlElement | undefined =>
  parent?.children.find((one) => one.name === name);
export const childrenOf = (parent: XmlElement | undefined, name: string): XmlElement[] =>
  parent?.children.filter((one) => one.name === name) ?? [];
export const textAt = (parent: XmlElement | undefined, ...path: string[]): string =>
  path.reduce<XmlElement | undefined>((at, name) => child(at, name), parent)?.text ?? '';

/** NaN when there is no number. */
export function numberAt(parent: XmlElement | undefined, ...path: string[]): number {
  const text = textAt(parent, ...path);
  return text === '' ? Number.NaN : Number(text);
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Without the control characters that XML cannot hold. */
export const escapeXml = (text: string): string =>
  Array.from(text, (one) => (one >= ' ' || one === '\n' || one === '\t' ? (escapes[one] ?? one) : '')).join('');
