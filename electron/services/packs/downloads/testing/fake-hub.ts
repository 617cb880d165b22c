/** A hub of models on this machine, for tests: the real one's addresses and headers, and every way it can go wrong. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeFile {
  bytes: Uint8Array;
  /** Large files are kept by SHA-256 and redirected to a store. */
  lfs?: boolean;
}

export interface FakeRepository {
  files: Record<string, FakeFile>;
  tags?: string[];
  card?: Record<string, unknown>;
  gated?: boolean;
  revisions?: string[];
}

/** What goes wrong with requests for files; each is used up as it happens. */
export interface Faults {
  /** The connection is destroyed after so many bytes of the answer, for so many answers. */
  cutAfterBytes: number;
  cuts: number;
  /** Range headers are not looked at: the whole file comes with 200. */
  ignoreRanges: boolean;
  /** 206 with another range than was asked for, so often. */
  wrongRanges: number;
  /** One byte is changed in so many answers. */
  corruptions: number;
  /** Answers with this status before files are given, so often; `retryAfterS` is told with it. */
  refusals: { status: number; times: number; retryAfterS?: number };
  /** More bytes than announced. */
  tooLong: boolean;
  /** Pause between pieces of 16 KiB. */
  pieceDelayMs: number;
  /** Accepts, then says nothing. */
  silences: number;
  /** Where the store's redirects lead; null: to the hub's own /store. */
  redirectTo: string | null;
}

export interface Seen {
  path: string;
  host: string;
  range: string | null;
  authorisation: string | null;
}

export interface FakeHub {
  readonly url: string;
  /** The same server under another name: another host for whoever compares. */
  readonly otherUrl: string;
  readonly seen: Seen[];
  readonly faults: Faults;
  readonly token: string;
  add(name: string, repository: FakeRepository): void;
  commitOf(name: string): string;
  /** The files of a repository as they are: what the list says stays as it was. */
  close(): Promise<void>;
}

const pieceBytes = 16 * 1024;
const noFaults = (): Faults => ({
  cutAfterBytes: 0,
  cuts: 0,
  ignoreRanges: false,
  wrongRanges: 0,
  corruptions: 0,
  refusals: { status: 503, times: 0 },
  tooLong: false,
  pieceDelayMs: 0,
  silences: 0,
  redirectTo: null,
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const blobId = (bytes: Uint8Array): string =>
  createHash('sha1')
    .update(`blob ${String(bytes.byteLength)}\0`)
    .update(bytes)
    .digest('hex');

export async function startFakeHub(): Promise<FakeHub> {
  const repositories = new Map<string, FakeRepository>();
  const seen: Seen[] = [];
  const faults = noFaults();
  const token = 'hf_test-token';
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${String(port)}`;

  const commitOf = (name: string): string => createHash('sha1').update(name).digest('hex');

  function fail(response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}): void {
    response.writeHead(status, { 'X-Error-Code': code, 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify({ error: code }));
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = new URL(request.url ?? '/', url);
    const path = decodeURIComponent(address.pathname);
    const authorisation = request.headers.authorization ?? null;
    seen.push({ path, host: request.headers.host ?? '', range: request.headers.range ?? null, authorisation });
    const stored = /^\/store\/([0-9a-f]{64})$/.exec(path)?.[1];
    if (stored !== undefined) {
      const file = [...repositories.values()].flatMap(({ files }) => Object.values(files)).find(({ bytes }) => sha256(bytes) === stored);
      if (file === undefined) fail(response, 404, 'EntryNotFound');
      else await give(request, response, file.bytes, stored);
      return;
    }
    const api = /^\/api\/models\/(.+)\/revision\/([^/]+)$/.exec(path);
    const resolved = /^\/(.+)\/resolve\/([^/]+)\/(.+)$/.exec(path);
    const name = (api ?? resolved)?.[1] ?? '';
    const revision = (api ?? resolved)?.[2] ?? '';
    const repository = repositories.get(name);
    // The real hub says 401 for what does not exist, so that nobody learns which names are taken.
    if (repository === undefined) {
      fail(response, 401, 'RepoNotFound');
      return;
    }
    if (![commitOf(name), 'main', ...(repository.revisions ?? [])].includes(revision)) {
      fail(response, 404, 'RevisionNotFound');
      return;
    }
    if (api !== null) {
      list(response, name, repository, address.searchParams.get('blobs') === 'true');
      return;
    }
    if (repository.gated === true && authorisation !== `Bearer ${token}`) {
      fail(response, authorisation === null ? 401 : 403, 'GatedRepo');
      return;
    }
    const file = repository.files[resolved?.[3] ?? ''];
    if (file === undefined) {
      fail(response, 404, 'EntryNotFound');
      return;
    }
    const headers = { 'X-Repo-Commit': commitOf(name), 'Accept-Ranges': 'bytes' };
    if (file.lfs !== true) return give(request, response, file.bytes, blobId(file.bytes), headers);
    const hash = sha256(file.bytes);
    response.writeHead(302, {
      ...headers,
      Location: faults.redirectTo ?? `${otherUrl}/store/${hash}`,
      'X-Linked-Etag': `"${hash}"`,
      'X-Linked-Size': String(file.bytes.byteLength),
    });
    response.end();
  }

  function list(
    response: ServerResponse,
    name: string,
    { files, tags = [], card = {}, gated = false }: FakeRepository,
    blobs: boolean,
  ): void {
    const siblings = Object.entries(files).map(([rfilename, { bytes, lfs }]) => ({
      rfilename,
      ...(blobs ? { size: bytes.byteLength, blobId: blobId(bytes) } : {}),
      ...(blobs && lfs === true ? { lfs: { sha256: sha256(bytes), size: bytes.byteLength, pointerSize: 134 } } : {}),
    }));
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(
      JSON.stringify({ id: name, sha: commitOf(name), gated: gated ? 'auto' : false, private: false, tags, cardData: card, siblings }),
    );
  }

  async function give(
    request: IncomingMessage,
    response: ServerResponse,
    whole: Uint8Array,
    etag: string,
    headers: Record<string, string> = {},
  ): Promise<void> {
    if (faults.silences > 0) {
      faults.silences -= 1;
      return;
    }
    if (faults.refusals.times > 0) {
      faults.refusals.times -= 1;
      const { status, retryAfterS } = faults.refusals;
      fail(response, status, 'Refused', retryAfterS === undefined ? {} : { 'Retry-After': String(retryAfterS) });
      return;
    }
    const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const from = asked === undefined || faults.ignoreRanges ? 0 : Number(asked);
    if (from >= whole.byteLength && from > 0) {
      response.writeHead(416, { 'Content-Range': `bytes */${String(whole.byteLength)}` });
      response.end();
      return;
    }
    const bytes = Buffer.from(whole.subarray(from));
    if (faults.corruptions > 0) {
      faults.corruptions -= 1;
      bytes[0] = (bytes[0] ?? 0) ^ 0xff;
    }
    const shift = faults.wrongRanges > 0 && from > 0 ? 1 : 0;
    if (shift > 0) faults.wrongRanges -= 1;
    const range = `bytes ${String(from - shift)}-${String(whole.byteLength - 1)}/${String(whole.byteLength)}`;
    response.writeHead(from > 0 ? 206 : 200, {
      ...headers,
      ETag: `"${etag}"`,
      ...(faults.tooLong ? {} : { 'Content-Length': String(bytes.byteLength) }),
      ...(from > 0 ? { 'Content-Range': range } : {}),
    });
    const cut = faults.cuts > 0 ? faults.cutAfterBytes : Number.POSITIVE_INFINITY;
    if (faults.cuts > 0) faults.cuts -= 1;
    for (let at = 0; at < bytes.byteLength; at += pieceBytes) {
      const piece = bytes.subarray(at, Math.min(at + pieceBytes, cut));
      if (response.destroyed) return;
      if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
      if (at + pieceBytes >= cut) {
        // What was written reaches the other side before the line goes dead.
        await new Promise((resolve) => setTimeout(resolve, 20));
        response.destroy();
        return;
      }
      if (faults.pieceDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, faults.pieceDelayMs));
    }
    if (faults.tooLong) response.write(Buffer.alloc(pieceBytes));
    response.end();
  }

  const otherUrl = `http://localhost:${String(port)}`;
  return {
    url,
    otherUrl,
    seen,
    faults,
    token,
    commitOf,
    add: (name, repository) => void repositories.set(name, repository),
    close: () => closeServer(server),
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
