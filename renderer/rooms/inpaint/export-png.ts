/** The open document as one PNG, with the parameters of the generations that are part of it. */
import { download } from '../../api/download.ts';
import { studio } from '../../api/studio.ts';
import type { DocumentSession } from '../../state/document-session.svelte.ts';
import { exportPath } from '../../../shared/domain/asset.ts';

export async function exportPng(session: DocumentSession): Promise<void> {
  const image = await session.flatten();
  const page = await studio.call('history.list', { filter: { statuses: ['succeeded'] }, limit: 500 });
  const inUse = new Set(session.state.layers.map((layer) => layer.source));
  const generationIds = [];
  for (const item of page.items) {
    if (item.title !== session.record.name) continue;
    const { generation } = await studio.call('history.get', { id: item.id });
    if (generation.outputs.some((output) => inUse.has(output.hash))) generationIds.push(item.id);
  }
  const name = session.record.name.replace(/\.[a-z]{3,4}$/i, '') || 'Untitled';
  const { files } = await studio.call('export.render', { items: [{ name, image }], generationIds, format: 'png' });
  for (const file of files) download(exportPath(file.exportId), file.fileName);
}
