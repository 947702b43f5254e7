import { ComponentRefused } from '../../actors/ports/components.ts';
import type { ComponentProblem } from '../../events/component-problem.ts';

/** Of an error that has no kind yet: a full disk is one, whatever was being done. */
export function asRefused(error: unknown, kind: ComponentProblem, prefix: string): ComponentRefused {
  if (error instanceof ComponentRefused) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return new ComponentRefused(isFull ? 'disk-full' : kind, prefix + message, { cause: error });
}
