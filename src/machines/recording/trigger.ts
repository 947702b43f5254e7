import type { EventObject } from 'xstate';

/** An event as the log keeps it: errors become plain objects; a session's copy of the scan's input is left to the scan. */
export function recordedTrigger(event: EventObject): Record<string, unknown> {
  if (event.type === 'MESSAGE') {
    const { guid } = (event as unknown as { scan: { guid: string } }).scan;
    return { type: event.type, scan: { guid } };
  }
  const { type, output, error, ...own } = event as EventObject & {
    output?: unknown;
    error?: unknown;
    actorId?: string;
  };
  if (error !== undefined) return { type, error: plainError(error) };
  if (output !== undefined) return { type, output };
  return type.startsWith('xstate.') ? { type } : { type, ...own };
}

function plainError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return error as Record<string, unknown>;
  const { name, message } = error;
  return { ...error, name, message };
}
