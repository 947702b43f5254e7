import type { UnscannableReason } from './scanning.ts';

/** An address of a scan engine; the adapter reads it. */
export interface EngineServer {
  /** `host:port` or `unix:/path`, for people and events. */
  id: string;
}

/** What an engine says of a content. */
export type EngineAnswer =
  | { found: 'nothing' }
  /** @property sha256 of the content, lower-case hexadecimal */
  | { found: 'malware'; name: string; sha256: string }
  /** It did not look at all of it. */
  | { found: 'unscannable'; reason: UnscannableReason };

/**
 * A scanner outside of this program, which looks at contents with its own means. Every method throws `ReputationFailure`
 * (its kinds fit any service that is asked) and nothing else; an abort is `timeout`.
 */
export interface ScanEngine<Server extends EngineServer = EngineServer> {
  /** The content must not change meanwhile. */
  scan(server: Server, content: Uint8Array, signal: AbortSignal): Promise<EngineAnswer>;
  /** The connect attempt: does it answer at all? Resolves with its version, as it says it itself. */
  ping(server: Server, signal: AbortSignal): Promise<string>;
}
