import { ReputationFailure } from '../../actors/ports/reputation.ts';
import type { UnscannableReason } from '../../actors/ports/scanning.ts';

/** What clamd says of a stream. */
export type StreamReply =
  | { found: 'nothing' }
  | { found: 'malware'; name: string }
  | { found: 'unscannable'; reason: UnscannableReason };

/** What ClamAV finds where it is told to say so, and which is no malware. */
const heuristics: readonly (readonly [start: string, reason: UnscannableReason])[] = [
  ['Heuristics.Limits.Exceeded', 'too-large'],
  ['Heuristics.Encrypted.', 'encrypted'],
];

/** Longest name in an event. */
const NAME_MAX = 255;

/** Reads the reply to INSTREAM. Throws `ReputationFailure` (`response`) for an ERROR, and for what is no reply. */
export function readStreamReply(reply: string): StreamReply {
  if (reply === 'stream: OK') return { found: 'nothing' };
  const name = /^stream: (.+) FOUND$/s.exec(reply)?.[1];
  if (name !== undefined) {
    const reason = heuristics.find(([start]) => name.startsWith(start))?.[1];
    return reason === undefined
      ? { found: 'malware', name: name.slice(0, NAME_MAX) }
      : { found: 'unscannable', reason };
  }
  if (/^INSTREAM size limit exceeded\b.*ERROR$/.test(reply)) return { found: 'unscannable', reason: 'too-large' };
  throw new ReputationFailure('response', `clamd says: ${reply.slice(0, NAME_MAX)}`);
}
