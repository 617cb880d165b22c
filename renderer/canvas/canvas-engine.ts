/** The canvas engine: commands in, `view` out. What the commands do lives in `document/`, `engine/`, `tools/` and `view/`. */
import type { CanvasEngine } from './canvas-api.ts';
import { Engine } from './engine/engine.ts';
import type { EngineOptions } from './engine/engine-core.ts';

export function createCanvasEngine(options: EngineOptions = {}): CanvasEngine {
  return new Engine(options);
}
