/** The style room's state: kept while other rooms are open. */
import { LiveRun } from './live-run.svelte.ts';
import type { PictureRef } from './navigation.svelte.ts';
import { ToolBatch } from './tool-batch.svelte.ts';
import type { PackId } from '../../shared/domain/ids.ts';
import { stylizeParamsSchema, type StylizeParams } from '../../shared/pipelines/stylize.ts';

export const mostStyles = 3;

class StyleTool {
  readonly batch = new ToolBatch();
  readonly live = new LiveRun();
  values: Record<string, string | number | boolean> = $state(stylizeParamsSchema.parse({}));
  packId: PackId | null = $state(null);
  /** In the order of their weights. */
  styles: readonly PictureRef[] = $state.raw([]);
  /** By the picture's hash: the mask that says where it is restyled. */
  masks: Readonly<Record<string, PictureRef>> = $state.raw({});
  livePreview = $state(true);

  get params(): StylizeParams {
    return stylizeParamsSchema.parse(this.values);
  }

  /** Adds a style, or takes it away when it is there; the oldest gives way when there are too many. */
  toggle(style: PictureRef): void {
    const others = this.styles.filter(({ hash }) => hash !== style.hash);
    this.styles = others.length < this.styles.length ? others : [...others, style].slice(-mostStyles);
  }

  replaceAll(style: PictureRef): void {
    this.styles = [style];
  }
}

export const styleTool = new StyleTool();
