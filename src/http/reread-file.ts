import { statSync } from 'node:fs';

export interface RereadOptions<Content> {
  file: string;
  /** Throws when it cannot be used. */
  read: (file: string) => Content;
  /** How often the file is looked at, at most, ms. */
  checkMs: number;
  /** Told why what was read before stays in force. */
  onProblem: (problem: string) => void;
  nowMs: () => number;
}

/**
 * What stands in a file, read again when it has changed; when it cannot be read later, what was read before stays.
 * @throws what `read` throws, now
 */
export function rereadFile<Content>({ file, read, checkMs, onProblem, nowMs }: RereadOptions<Content>): () => Content {
  let seen = stateOf(file);
  let content = read(file);
  let checkedMs = nowMs();
  return () => {
    const now = nowMs();
    if (now - checkedMs < checkMs) return content;
    checkedMs = now;
    const state = stateOf(file);
    if (state === seen) return content;
    seen = state;
    try {
      content = read(file);
    } catch (error) {
      onProblem((error as Error).message);
    }
    return content;
  };
}

function stateOf(file: string): string {
  const state = statSync(file, { throwIfNoEntry: false });
  return state === undefined ? '' : `${state.ino} ${state.mtimeMs} ${state.ctimeMs} ${state.size}`;
}
