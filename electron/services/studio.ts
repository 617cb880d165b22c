/** What the composition root hands to a host: everything a window, a browser tab or a command needs. */
import type { Router } from './router.ts';
import type { EventBus } from './service-types.ts';

export interface Studio {
  readonly router: Router;
  /** The byte routes (/asset, /thumbnail, /preview, /export, /upload) and the renderer's own files. Never rejects. */
  handleRequest(request: Request): Promise<Response>;
  readonly events: EventBus;
  /** Stops the queue and the inference process and closes the library; interrupted jobs can be resumed at the next start. */
  dispose(): Promise<void>;
}
