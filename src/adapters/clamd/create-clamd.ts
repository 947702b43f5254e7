import { hash } from 'node:crypto';
import { ReputationFailure } from '../../actors/ports/reputation.ts';
import type { EngineAnswer, ScanEngine } from '../../actors/ports/scan-engine.ts';
import type { ClamdAddress } from './address.ts';
import { exchange } from './exchange.ts';
import { readStreamReply } from './reply.ts';

export interface ClamdOptions {
  /** For a connection; ms. */
  connectMs: number;
  /** Bytes of a chunk of a stream. */
  chunkBytes: number;
  /** A larger content is not sent, and is unscannable: clamd's `StreamMaxLength`. Bytes. */
  streamBytesMax: number;
}

/** A break after fewer bytes is not because of the content. */
const MUCH_BYTES = 256 * 1024;

/** Asks clamd. Connections are not kept. */
export function createClamd(options: ClamdOptions): ScanEngine<ClamdAddress> {
  const { connectMs, streamBytesMax } = options;
  const command = (server: ClamdAddress, name: string, signal: AbortSignal) =>
    exchange(server, [Buffer.from(`z${name}\0`)], connectMs, signal);

  async function ping(server: ClamdAddress, signal: AbortSignal): Promise<string> {
    const reply = await command(server, 'PING', signal);
    if (reply !== 'PONG') throw new ReputationFailure('response', `clamd answers PING with ${reply.slice(0, 100)}`);
    return (await command(server, 'VERSION', signal)).slice(0, 100);
  }

  async function stream(server: ClamdAddress, content: Uint8Array, signal: AbortSignal): Promise<string> {
    const once = () => exchange(server, chunks(content, options.chunkBytes), connectMs, signal);
    try {
      return await once();
    } catch (error) {
      if (!isBreak(error) || content.length < MUCH_BYTES) throw error;
      return await once();
    }
  }

  return {
    ping,
    async scan(server, content, signal) {
      if (content.length > streamBytesMax) return { found: 'unscannable', reason: 'too-large' };
      try {
        const reply = readStreamReply(await stream(server, content, signal));
        return reply.found === 'malware' ? { ...reply, sha256: hash('sha256', content) } : reply;
      } catch (error) {
        if (!isBreak(error) || content.length < MUCH_BYTES) throw error;
        await ping(server, signal);
        return { found: 'unscannable', reason: 'too-large' } satisfies EngineAnswer;
      }
    },
  };
}

function isBreak(error: unknown): boolean {
  return error instanceof ReputationFailure && error.kind === 'reset';
}

/** INSTREAM: chunks after their length in network byte order, and one of length 0 as the end. */
function* chunks(content: Uint8Array, chunkBytes: number): Generator<Uint8Array> {
  yield Buffer.from('zINSTREAM\0');
  for (let at = 0; at < content.length; at += chunkBytes) {
    const chunk = content.subarray(at, at + chunkBytes);
    yield length(chunk.length);
    yield chunk;
  }
  yield length(0);
}

function length(bytes: number): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt32BE(bytes);
  return field;
}
