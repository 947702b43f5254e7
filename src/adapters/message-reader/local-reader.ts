import type { MessageReader } from '../../actors/ports/scanning.ts';
import { ContentEngines, type EngineLoaders } from './content-engines.ts';
import { readMessage } from './read-message.ts';

/** Reads on the caller's thread: no isolation. For tests, and for a single message on the command line. */
export function createLocalReader(loaders: EngineLoaders = {}): MessageReader {
  const engines = new ContentEngines(loaders);
  return { read: (request, signal) => readMessage(request, signal, engines) };
}
