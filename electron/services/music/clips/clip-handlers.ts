/** Clips over the contract. Each save is one transaction: the row and what keeps its scores; a kill leaves the save before. */
import type { Handlers } from '../../../../shared/contract/calls.ts';
import type { musicCalls } from '../../../../shared/contract/calls/music-calls.ts';
import { AppError } from '../../../../shared/contract/errors.ts';
import { scoreMediaType } from '../../../../shared/domain/asset.ts';
import type { ClipRecord, ClipState } from '../../../../shared/domain/clip.ts';
import { clipIdSchema, type AssetHash, type ClipId, type ProjectId } from '../../../../shared/domain/ids.ts';
import type { WriteDb } from '../../database/connection.ts';
import { newId } from '../../ids.ts';
import { defaultProject, readProject, touchProject } from '../../projects/project-records.ts';
import type { AssetStore, EventBus } from '../../service-types.ts';
import * as clips from './clip-records.ts';

export type ClipCalls = Extract<keyof typeof musicCalls, `clips.${string}`>;

export function clipHandlers(db: WriteDb, assets: Pick<AssetStore, 'record'>, events: EventBus): Handlers<ClipCalls> {
  function requireScores(state: ClipState): void {
    for (const hash of clips.scoresOfClip(state)) {
      if (assets.record(hash)?.mediaType === scoreMediaType) continue;
      throw new AppError('not-found', `The library has no score ${hash.slice(0, 12)}….`, { action: 'Save the clip again.' });
    }
  }

  function requireThumbnail(hash: AssetHash | null): void {
    if (hash !== null && assets.record(hash) === null)
      throw new AppError('not-found', 'The picture of the clip is not in the library.', { action: 'Save the clip again.' });
  }

  function changed(projectId: ProjectId | null): void {
    events.publish({ type: 'clips.changed' });
    if (projectId !== null) events.publish({ type: 'projects.changed' });
  }

  /** Changes one clip's row and tells of it. */
  function change(id: ClipId, doing: string, write: (current: ClipRecord) => void): ClipRecord {
    const record = db.transaction(doing, () => {
      write(clips.readClip(db, id));
      return clips.readClip(db, id);
    });
    changed(null);
    return record;
  }

  return {
    'clips.list': (filter) => clips.listClips(db, filter),
    'clips.get': ({ id }) => clips.readClip(db, id),
    'clips.create': ({ projectId, name, state }) => {
      requireScores(state);
      const now = Date.now();
      const record = db.transaction('Creating a clip', () => {
        const project = projectId ?? defaultProject(db);
        readProject(db, project);
        const created: ClipRecord = {
          id: newId(clipIdSchema),
          projectId: project,
          name,
          revision: 0,
          state,
          thumbnail: null,
          createdAtMs: now,
          updatedAtMs: now,
          trashedAtMs: null,
        };
        clips.insertClip(db, created);
        touchProject(db, project);
        return created;
      });
      changed(record.projectId);
      return record;
    },
    'clips.save': ({ id, baseRevision, state, thumbnail }) => {
      requireScores(state);
      requireThumbnail(thumbnail);
      return change(id, 'Saving the clip', (current) => {
        if (current.revision !== baseRevision) {
          throw new AppError('conflict', `"${current.name}" was changed in another window.`, {
            action: 'Open it again to see the other changes, or save yours as a new clip.',
          });
        }
        const next = {
          ...current,
          revision: current.revision + 1,
          state,
          thumbnail: thumbnail ?? current.thumbnail,
          updatedAtMs: Date.now(),
        };
        clips.updateClip(db, next);
        if (current.projectId !== null) touchProject(db, current.projectId);
      });
    },
    'clips.rename': ({ id, name }) => change(id, 'Renaming a clip', () => clips.renameClip(db, id, name)),
    'clips.trash': ({ id }) => void change(id, 'Moving a clip', () => clips.setClipTrashed(db, id, Date.now())),
    'clips.restore': ({ id }) => void change(id, 'Moving a clip', () => clips.setClipTrashed(db, id, null)),
  };
}
