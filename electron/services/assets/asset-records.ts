/** Rows about assets and why they are kept. */
import { assetSchema, type Asset } from '../../../shared/domain/asset.ts';
import type { ReadDb, WriteDb } from '../database/connection.ts';

export type AssetOwner = 'generation' | 'job' | 'snapshot' | 'clip';

export function findAsset(db: ReadDb, hash: string): Asset | null {
  const row = db
    .prepare(
      `SELECT hash, media_type AS mediaType, size_bytes AS sizeBytes, width, height, created_at_ms AS createdAtMs FROM assets WHERE hash = ?`,
    )
    .get(hash);
  return row === undefined ? null : assetSchema.parse(row);
}

/** Keeps the first row of a hash: the same bytes are the same asset. */
export function insertAsset(db: WriteDb, asset: Asset): void {
  db.prepare(
    `INSERT INTO assets (hash, media_type, size_bytes, width, height, created_at_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING`,
  ).run(asset.hash, asset.mediaType, asset.sizeBytes, asset.width, asset.height, asset.createdAtMs);
}

/** Replaces what an owner refers to. Call inside the transaction that writes the owner. */
export function linkAssets(db: WriteDb, owner: AssetOwner, ownerId: string, hashes: Iterable<string>): void {
  unlinkAssets(db, owner, ownerId);
  const insert = db.prepare(`INSERT OR IGNORE INTO asset_links (owner_kind, owner_id, hash) VALUES (?, ?, ?)`);
  for (const hash of hashes) insert.run(owner, ownerId, hash);
}

export function unlinkAssets(db: WriteDb, owner: AssetOwner, ownerId: string): void {
  db.prepare(`DELETE FROM asset_links WHERE owner_kind = ? AND owner_id = ?`).run(owner, ownerId);
}

const referenced = `
  EXISTS (SELECT 1 FROM asset_links l WHERE l.hash = a.hash)
  OR EXISTS (SELECT 1 FROM documents d WHERE d.snapshot = a.hash OR d.thumbnail = a.hash)
  OR EXISTS (SELECT 1 FROM generation_outputs o WHERE o.hash = a.hash)`;

export function isReferenced(db: ReadDb, hash: string): boolean {
  return db.prepare(`SELECT 1 FROM assets a WHERE a.hash = ? AND (${referenced})`).get(hash) !== undefined;
}

/** Removes the row unless something refers to it; says whether it (or no row at all) leaves the file free to go. */
export function deleteIfUnreferenced(db: WriteDb, hash: string): boolean {
  return db.transaction('Removing an unused file', () => {
    if (isReferenced(db, hash)) return false;
    db.prepare(`DELETE FROM assets WHERE hash = ?`).run(hash);
    return true;
  });
}

/** Snapshots that neither a document nor a generation nor a job names any more stop keeping their pixels. */
export function forgetUnusedSnapshots(db: WriteDb): void {
  db.transaction('Forgetting old document states', () => {
    db.prepare(
      `DELETE FROM asset_links WHERE owner_kind = 'snapshot'
        AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.snapshot = owner_id)
        AND NOT EXISTS (SELECT 1 FROM asset_links l WHERE l.hash = asset_links.owner_id AND l.owner_kind <> 'snapshot')`,
    ).run();
  });
}
