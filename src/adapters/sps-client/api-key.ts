import { readFileSync, statSync } from 'node:fs';
import { ReputationFailure } from '../../actors/ports/reputation.ts';
import type { Exchange } from './exchange.ts';

/** How often the file is looked at, ms. */
const checkMs = 1000;

/**
 * Shows a key with every request: the first line of the file, read again when it has changed. Over https only.
 * Rejects with `ReputationFailure` (credentials), which never says what stands in the file.
 */
export function withApiKey(exchange: Exchange, file: string, nowMs: () => number): Exchange {
  let key = '';
  let readAt = '';
  let checkedMs = Number.NEGATIVE_INFINITY;

  function current(): string {
    if (nowMs() - checkedMs < checkMs) return key;
    const { ino, mtimeMs, size } = statSync(file);
    const at = `${ino} ${mtimeMs} ${size}`;
    if (at !== readAt) key = firstLine(file);
    readAt = at;
    checkedMs = nowMs();
    return key;
  }

  return async (request, signal) => {
    if (!request.origin.startsWith('https:')) return exchange(request, signal);
    const authorization = `Bearer ${currentOrFailure(current)}`;
    return exchange({ ...request, headers: { ...request.headers, authorization } }, signal);
  };
}

function currentOrFailure(current: () => string): string {
  try {
    return current();
  } catch (error) {
    throw new ReputationFailure('credentials', `the key cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

function firstLine(file: string): string {
  const [line = ''] = readFileSync(file, 'utf8').split(/\r?\n/, 1);
  const key = line.trim();
  if (!/^[\x21-\x7e]{1,256}$/.test(key))
    throw new Error(`${file} must have 1 to 256 printable characters in its first line`);
  return key;
}
