/** Every schema step, oldest first. */
import type { Migration } from '../migration.ts';
import { library } from './0010-library.ts';
import { search } from './0020-search.ts';
import { details } from './0030-details.ts';
import { historyOrder } from './0040-history-order.ts';
import { clips } from './0050-clips.ts';

export const migrations: readonly Migration[] = [library, search, details, historyOrder, clips];
