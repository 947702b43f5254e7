import { ReputationFailure } from '../ports/reputation.ts';
import type { EngineAnswer, EngineServer } from '../ports/scan-engine.ts';
import type { ReadMessage } from '../ports/scanning.ts';
import { createScanSlots } from '../session/scan-slots.ts';
import { createEngineServers, type EngineServersParts } from './engine-servers.ts';
import { factsOf, type Look } from './look.ts';

export interface ScanEngineParts<Server extends EngineServer> extends EngineServersParts<Server> {
  /** Whether every message is given to it, or those only whose scan is conventional. */
  when: 'always' | 'conventional';
  /** Messages that are with it at one time; one more waits. */
  sessionsMax: number;
  /** Bytes of files of one message that it gets besides the message; 0: none. */
  filesBytesMax: number;
}

/** No server answers, and no message may go on without. */
export class EngineUnavailable extends Error {
  /** For the log: `clamd-timeout`. */
  readonly kind: string;
  constructor(kind: string, options?: ErrorOptions) {
    super(`the scan engine does not answer: ${kind}`, options);
    this.name = 'EngineUnavailable';
    this.kind = kind;
  }
}

/** An engine outside, as scans use it. */
export interface EngineBeside {
  /** Does it look at a message that is scanned by this method? */
  isFor(method: 'smart' | 'conventional'): boolean;
  /**
   * Has a message looked at, while it is read. Throws what `read` throws, and `EngineUnavailable`.
   * @param read reads the message; contents of its files, up to so many bytes, are handed over (`ReadMessage.contents`)
   */
  look(message: Buffer, scan: string, read: Read, signal: AbortSignal): Promise<Looked>;
  stop(): void;
}

/** The message as it was read, and what the engine found. */
export interface Looked {
  read: ReadMessage;
  look: Look;
}

const unavailable: Look = { malware: [], unscannable: [], version: 'unavailable' };

type Read = (contentBytesMax: number, signal: AbortSignal) => Promise<ReadMessage>;

export function createScanEngine<Server extends EngineServer>(parts: ScanEngineParts<Server>): EngineBeside {
  const servers = createEngineServers(parts);
  const slots = createScanSlots();
  const { engine, required } = parts.input;

  /** Whole message and reading at once, then the files. The reading goes on without the engine where it may. */
  async function withEngine(message: Buffer, scan: string, read: Read, signal: AbortSignal): Promise<Looked> {
    const end = new AbortController();
    const until = AbortSignal.any([signal, end.signal]);
    const reading = read(parts.filesBytesMax, until);
    try {
      const [whole, seen] = await Promise.all([servers.scan(message, scan, until), reading]);
      const files = new Map<string, EngineAnswer>();
      for (const { sha256, content } of seen.contents ?? [])
        files.set(sha256, await servers.scan(content, scan, signal));
      return { read: seen, look: { ...factsOf({ whole, files }, seen), version: servers.version() ?? engine } };
    } catch (error) {
      const goesOn = error instanceof ReputationFailure && !required && !signal.aborted;
      if (goesOn) return { read: await reading, look: unavailable };
      end.abort();
      reading.catch(() => {});
      signal.throwIfAborted();
      throw error instanceof ReputationFailure
        ? new EngineUnavailable(`${engine}-${error.kind}`, { cause: error })
        : error;
    }
  }

  return {
    isFor: (method) => parts.when === 'always' || method === 'conventional',
    async look(message, scan, read, signal) {
      if (!servers.isUsable()) {
        if (required) throw new EngineUnavailable(`${engine}-invalid`);
        return { read: await read(0, signal), look: unavailable };
      }
      const give = await slots.take(parts.sessionsMax);
      try {
        signal.throwIfAborted();
        return await withEngine(message, scan, read, signal);
      } finally {
        give();
      }
    },
    stop: () => servers.stop(),
  };
}
