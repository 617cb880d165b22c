/** Projects and documents over the contract. A document's state is a snapshot asset; saving never overwrites an old one. */
import { readFile } from 'node:fs/promises';
import type { Handlers } from '../../../shared/contract/calls.ts';
import type { projectCalls } from '../../../shared/contract/calls/project-calls.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import { documentSnapshotMediaType } from '../../../shared/domain/asset.ts';
import { assetsOfDocument, documentStateSchema, type DocumentState } from '../../../shared/domain/document.ts';
import { documentIdSchema, type AssetHash } from '../../../shared/domain/ids.ts';
import { linkAssets } from '../assets/asset-records.ts';
import type { WriteDb } from '../database/connection.ts';
import { newId } from '../ids.ts';
import type { AssetStore, EventBus } from '../service-types.ts';
import * as documents from './document-records.ts';
import * as projects from './project-records.ts';

export function projectHandlers(db: WriteDb, assets: AssetStore, events: EventBus): Handlers<keyof typeof projectCalls> {
  async function storeSnapshot(state: DocumentState): Promise<AssetHash> {
    assets.requireAll(assetsOfDocument(state));
    const bytes = new TextEncoder().encode(JSON.stringify(state));
    return (await assets.putBytes(bytes, { mediaType: documentSnapshotMediaType, size: state.canvas })).hash;
  }

  async function readSnapshot(hash: AssetHash): Promise<DocumentState> {
    if (assets.record(hash)?.mediaType !== documentSnapshotMediaType) {
      throw new AppError('not-found', 'That document state is not in the library.');
    }
    return documentStateSchema.parse(JSON.parse(await readFile(assets.filePath(hash), 'utf8')));
  }

  function changed(): void {
    events.publish({ type: 'documents.changed' });
    events.publish({ type: 'projects.changed' });
  }

  return {
    'projects.list': () => projects.listProjects(db),
    'projects.create': ({ name }) => {
      const project = db.transaction('Creating a project', () => projects.readProject(db, projects.insertProject(db, name)));
      events.publish({ type: 'projects.changed' });
      return project;
    },
    'projects.rename': ({ id, name }) => {
      const project = db.transaction('Renaming a project', () => {
        projects.renameProject(db, id, name);
        return projects.readProject(db, id);
      });
      events.publish({ type: 'projects.changed' });
      return project;
    },
    'documents.list': (filter) => documents.listDocuments(db, filter),
    'documents.get': async ({ id }) => {
      const record = documents.readDocument(db, id);
      return { record, state: await readSnapshot(record.snapshot) };
    },
    'documents.snapshot': ({ snapshot }) => readSnapshot(snapshot),
    'documents.create': async ({ projectId, name, state }) => {
      const snapshot = await storeSnapshot(state);
      const now = Date.now();
      const record = db.transaction('Creating a document', () => {
        const project = projectId ?? projects.defaultProject(db);
        projects.readProject(db, project);
        const created = {
          id: newId(documentIdSchema),
          projectId: project,
          name,
          revision: 0,
          canvas: state.canvas,
          snapshot,
          thumbnail: onlyPicture(state),
          createdAtMs: now,
          updatedAtMs: now,
          trashedAtMs: null,
        };
        linkAssets(db, 'snapshot', snapshot, assetsOfDocument(state));
        documents.insertDocument(db, created);
        projects.touchProject(db, project);
        return created;
      });
      changed();
      return record;
    },
    'documents.save': async ({ id, baseRevision, state, thumbnail }) => {
      const snapshot = await storeSnapshot(state);
      if (thumbnail !== null) assets.requireAll([thumbnail]);
      const record = db.transaction('Saving the document', () => {
        const current = documents.readDocument(db, id);
        if (current.revision !== baseRevision) {
          throw new AppError('conflict', `"${current.name}" was changed in another window.`, {
            action: 'Open it again to see the other changes, or save yours as a new document.',
          });
        }
        linkAssets(db, 'snapshot', snapshot, assetsOfDocument(state));
        documents.updateDocument(db, {
          ...current,
          revision: current.revision + 1,
          canvas: state.canvas,
          snapshot,
          thumbnail,
          updatedAtMs: Date.now(),
        });
        projects.touchProject(db, current.projectId);
        return documents.readDocument(db, id);
      });
      events.publish({ type: 'documents.changed' });
      return record;
    },
    'documents.rename': ({ id, name }) => {
      const record = db.transaction('Renaming a document', () => {
        documents.renameDocument(db, id, name);
        return documents.readDocument(db, id);
      });
      events.publish({ type: 'documents.changed' });
      return record;
    },
    'documents.move': ({ id, projectId }) => {
      const record = db.transaction('Moving a document', () => {
        projects.readProject(db, projectId);
        documents.moveDocument(db, id, projectId);
        projects.touchProject(db, projectId);
        return documents.readDocument(db, id);
      });
      changed();
      return record;
    },
    'documents.emptyTrash': () => {
      const removed = db.transaction('Emptying the trash', () => documents.deleteTrashedDocuments(db));
      changed();
      return { removed };
    },
    'documents.trash': ({ id }) => setTrashed(id, Date.now()),
    'documents.restore': ({ id }) => setTrashed(id, null),
  };

  function setTrashed(id: Parameters<typeof documents.readDocument>[1], atMs: number | null): void {
    db.transaction('Moving a document', () => {
      documents.readDocument(db, id);
      documents.setDocumentTrashed(db, id, atMs);
    });
    changed();
  }
}

/** A document that is one untouched picture shows it from the start; the page sends a flattened one with its first save. */
function onlyPicture({ canvas, layers }: DocumentState): AssetHash | null {
  const [layer, ...others] = layers;
  if (layer === undefined || others.length > 0 || !layer.visible || Object.keys(layer.tiles).length > 0) return null;
  const { bounds } = layer;
  const fills = bounds.x === 0 && bounds.y === 0 && bounds.width === canvas.width && bounds.height === canvas.height;
  return fills ? layer.source : null;
}
