/**
 * How the renderer reaches the studio. Calls and events go over one channel (WebSocket, or Electron IPC); bytes go over
 * HTTP-like routes with the same relative paths on every host (`/asset/<hash>`, `/upload` ...; Electron serves them on its
 * own `kiln:` scheme), so that uploads, pictures and downloads are one code path.
 */
import { z } from 'zod';
import type { CallInput, CallName, CallOutput } from './calls.ts';
import { wireErrorSchema } from './errors.ts';
import { eventSchema, type StudioEvent } from './events.ts';

export interface Transport {
  /** Rejects with AppError. */
  call<Name extends CallName>(name: Name, input: CallInput<Name>): Promise<CallOutput<Name>>;
  subscribe(listener: (event: StudioEvent) => void): () => void;
  /** `lost` while the studio cannot be reached; the transport reconnects by itself. */
  onConnection(listener: (state: 'connected' | 'lost') => void): () => void;
}

/** Frames of the message channel, the same in both hosts. */
export const clientFrameSchema = z.object({
  type: z.literal('call'),
  id: z.int().min(0),
  name: z.string().max(100),
  /** Absent for calls without input: JSON has no undefined. */
  input: z.unknown().optional(),
});
export type ClientFrame = z.infer<typeof clientFrameSchema>;

export const serverFrameSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('result'), id: z.int(), output: z.unknown().optional() }),
  z.object({ type: z.literal('error'), id: z.int(), error: wireErrorSchema }),
  z.object({ type: z.literal('event'), event: eventSchema }),
]);
export type ServerFrame = z.infer<typeof serverFrameSchema>;

export { ipcCallChannel, ipcEventChannel, socketPath } from './channels.ts';

/** What the preload exposes as `window.kiln`; absent in the browser host. */
export interface PreloadBridge {
  call(name: string, input: unknown): Promise<ServerFrame>;
  subscribe(listener: (event: unknown) => void): () => void;
}
