/** Where the window was, so that it comes back there; forgotten when that place is no longer on any screen. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { intersectRects, rectSchema, type Rect } from '../../shared/domain/geometry.ts';

const windowStateSchema = z.object({ version: z.literal(1), bounds: rectSchema, maximised: z.boolean() });
export type WindowState = z.infer<typeof windowStateSchema>;

export const minimumSize = { width: 1024, height: 640 };
const usual = { width: 1440, height: 900 };
/** Enough of the title bar to take hold of the window. */
const reachable = { width: 120, height: 40 };

/** @param screens work areas of the displays, in the window's own units */
export function loadWindowState(file: string, screens: readonly Rect[]): WindowState | null {
  try {
    const state = windowStateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    const titleBar = { ...state.bounds, height: reachable.height };
    const visible = screens.some((screen) => {
      const common = intersectRects(screen, titleBar);
      return common !== null && common.width >= reachable.width && common.height >= reachable.height;
    });
    return visible ? state : null;
  } catch {
    return null;
  }
}

export function saveWindowState(file: string, state: Omit<WindowState, 'version'>): void {
  try {
    const temporary = `${file}.new`;
    writeFileSync(temporary, JSON.stringify({ version: 1, ...state } satisfies WindowState));
    renameSync(temporary, file);
  } catch {
    // Only a convenience: the next start uses the usual place.
  }
}

/** A fitting size for the first start. */
export function usualSize(screen: Rect | undefined): { width: number; height: number } {
  return {
    width: Math.max(minimumSize.width, Math.min(usual.width, screen?.width ?? usual.width)),
    height: Math.max(minimumSize.height, Math.min(usual.height, screen?.height ?? usual.height)),
  };
}
