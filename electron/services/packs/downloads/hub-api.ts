/** The two addresses of the hub that Kiln knows: what a repository holds, and one of its files at one commit. */
import { z } from 'zod';
import { AppError } from '../../../../shared/contract/errors.ts';
import type { FileDigest } from '../../../../shared/domain/download.ts';
import { packPathSchema } from '../../../../shared/domain/pack-path.ts';
import type { HubConnection, HubResponse } from './connection.ts';
import { connectionError, statusError } from './network-error.ts';

const largestListingBytes = 32 * 1024 * 1024;
/** More than any pack; a file beyond it is a mistake of the hub. */
export const largestFileBytes = 64 * 1024 ** 3;

const siblingSchema = z.object({
  rfilename: z.string(),
  size: z.int().min(0).max(largestFileBytes).optional(),
  blobId: z.string().optional(),
  lfs: z.object({ sha256: z.string().optional(), oid: z.string().optional(), size: z.int().min(0).max(largestFileBytes) }).optional(),
});
const listingSchema = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  siblings: z.array(siblingSchema).max(50_000),
  /** false, "auto" or "manual". */
  gated: z.unknown(),
  tags: z.array(z.string()).catch([]).default([]),
  cardData: z.record(z.string(), z.unknown()).nullish().catch(null),
});

export interface RepositoryFile {
  path: string;
  sizeBytes: number;
  digest: FileDigest;
}

export interface Repository {
  commit: string;
  /** Files whose names can stand in a pack and whose hashes are told; others are as if they were not there. */
  files: RepositoryFile[];
  tags: string[];
  gated: boolean;
  /** SPDX-like identifier or free text. */
  licence: string | null;
  licenceLink: string | null;
}

const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

export function createHubApi(connection: HubConnection, hasToken: () => boolean) {
  const host = (): string => new URL(connection.address).host;

  async function get(path: string, what: string, signal: AbortSignal, headers: Record<string, string> = {}): Promise<HubResponse> {
    const response = await connection.get(path, { signal, headers });
    if (response.status !== 200 && response.status !== 206 && response.status !== 416)
      throw statusError(response, what, host(), hasToken());
    return response;
  }

  /** A whole body, for listings and licences. */
  async function text(response: HubResponse, limitBytes: number): Promise<string> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of response.body) {
        bytes += (chunk as Buffer).byteLength;
        if (bytes > limitBytes) throw new AppError('network', `${host()} answers with far more than was asked for.`);
        chunks.push(chunk as Buffer);
      }
    } catch (error) {
      throw connectionError(error, host());
    } finally {
      response.body.destroy();
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  return {
    async repository(name: string, revision: string, signal: AbortSignal): Promise<Repository> {
      const path = `/api/models/${encodePath(name)}/revision/${encodeURIComponent(revision)}?blobs=true`;
      const body = await text(await get(path, `"${name}"`, signal), largestListingBytes);
      const listing = listingSchema.safeParse(parseJson(body));
      if (!listing.success) {
        throw new AppError('network', `${host()} does not answer as a hub of models does.`, {
          action: 'Check the address of the hub in Settings, Network.',
          cause: listing.error,
        });
      }
      const { sha, siblings, gated, tags, cardData } = listing.data;
      return {
        commit: sha,
        files: siblings.flatMap(fileOf),
        tags,
        gated: gated !== undefined && gated !== false,
        ...licenceOf(cardData ?? {}, tags),
      };
    },

    /** A file from byte `from` on. The status is 200 (the whole), 206 (the rest) or 416 (there is no such byte). */
    async file(name: string, commit: string, path: string, from: number, signal: AbortSignal): Promise<HubResponse> {
      const headers: Record<string, string> = from > 0 ? { Range: `bytes=${String(from)}-` } : {};
      return get(`/${encodePath(name)}/resolve/${commit}/${encodePath(path)}`, `"${path}" in "${name}"`, signal, headers);
    },

    /** A small text file; null when it is larger than the limit or no text. */
    async words(name: string, commit: string, file: RepositoryFile, limitBytes: number, signal: AbortSignal): Promise<string | null> {
      if (file.sizeBytes > limitBytes) return null;
      const words = await text(await this.file(name, commit, file.path, 0, signal), limitBytes);
      return words.includes('\0') || words.includes('\ufffd') ? null : words;
    },

    page: (name: string): string => `${connection.address}/${name}`,
    host,
  };
}
export type HubApi = ReturnType<typeof createHubApi>;

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function fileOf({ rfilename, size, blobId, lfs }: z.infer<typeof siblingSchema>): RepositoryFile[] {
  if (!packPathSchema.safeParse(rfilename).success) return [];
  const sha256 = lfs?.sha256 ?? lfs?.oid;
  if (lfs !== undefined) {
    if (sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) return [];
    return [{ path: rfilename, sizeBytes: lfs.size, digest: { kind: 'sha256', hex: sha256 } }];
  }
  if (size === undefined || blobId === undefined || !/^[0-9a-f]{40}$/.test(blobId)) return [];
  return [{ path: rfilename, sizeBytes: size, digest: { kind: 'git-blob', hex: blobId } }];
}

function licenceOf(card: Record<string, unknown>, tags: readonly string[]): Pick<Repository, 'licence' | 'licenceLink'> {
  const words = (value: unknown): string | null => {
    const joined = Array.isArray(value) ? value.filter((one) => typeof one === 'string').join(' AND ') : value;
    return typeof joined === 'string' && joined.trim() !== '' ? joined.trim().slice(0, 200) : null;
  };
  const tag = tags.find((one) => one.startsWith('license:'))?.slice('license:'.length);
  const named = words(card['license']) ?? words(tag);
  // "other" says nothing; the name beside it does.
  const licence = named === null || named === 'other' ? (words(card['license_name']) ?? named) : named;
  const link = words(card['license_link']);
  return { licence, licenceLink: link !== null && /^https:\/\//.test(link) ? link : null };
}
