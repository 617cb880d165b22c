/** One call frame in, one answer frame out: the same for both hosts' message channels. */
import { clientFrameSchema, type ServerFrame } from '../../shared/contract/transport.ts';
import type { Router } from './router.ts';

/** Null when the value is not a frame of the contract. */
export function parseClientFrame(value: unknown): { id: number; name: string; input?: unknown } | null {
  const parsed = clientFrameSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/** Never rejects. */
export async function answerCall(router: Router, call: { id: number; name: string; input?: unknown }): Promise<ServerFrame> {
  const reply = await router.dispatch(call.name, call.input);
  return reply.ok ? { type: 'result', id: call.id, output: reply.output } : { type: 'error', id: call.id, error: reply.error };
}
