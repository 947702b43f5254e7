import snmp from 'net-snmp';
import { type FailureKind, NotificationFailure } from '../../actors/ports/notifications.ts';

/** What net-snmp says of a report of the receiver's user security model (RFC 3414 5, `usmStats`). */
const reports: Readonly<Record<string, [FailureKind, string]>> = {
  'Unsupported Security Level': ['permanent', 'it does not accept authPriv for this user'],
  'Not In Time Window': ['temporary', 'it takes our time for wrong (usmStatsNotInTimeWindows)'],
  'Unknown User Name': ['permanent', 'it does not know this user (usmStatsUnknownUserNames)'],
  'Unknown Engine ID': ['temporary', 'it does not know this engine (usmStatsUnknownEngineIDs)'],
  'Wrong Digest (incorrect password, community or key)': [
    'permanent',
    'it has another auth key or protocol for this user (usmStatsWrongDigests)',
  ],
  'Decryption Error': ['permanent', 'it has another priv key or protocol for this user (usmStatsDecryptionErrors)'],
};

/** How often an answer was waited for, and how long each time. */
export interface Tries {
  timeoutMs: number;
  retries: number;
}

/**
 * A failure in words of ours: those of net-snmp quote communities and digests. Wrong keys and unknown users are permanent, as
 * nothing but an administrator mends them; that nobody answers is temporary.
 */
export function snmpFailure(error: unknown, { timeoutMs, retries }: Tries): NotificationFailure {
  if (error instanceof NotificationFailure) return error;
  const failure = (kind: FailureKind, message: string) => new NotificationFailure(kind, message);
  // The types of net-snmp do not know this class.
  if (error instanceof Error && error.name === 'RequestTimedOutError') {
    const times = retries === 0 ? 'asked once' : `asked ${retries + 1} times`;
    return failure(
      'temporary',
      `no answer within ${timeoutMs} ms, ${times}: it is away, or ignores what it does not know`,
    );
  }
  if (error instanceof snmp.ResponseInvalidError) {
    const { code } = error as unknown as { code: number };
    const report = reports[error.message];
    if (report !== undefined) return failure(...report);
    if (code === snmp.ResponseInvalidCode.EAuthFailure || code === snmp.ResponseInvalidCode.ECouldNotDecrypt)
      return failure('permanent', 'its answer is made with other keys than ours');
    return failure('temporary', `its answer cannot be used (${snmp.ResponseInvalidCode[code] ?? code})`);
  }
  if (error instanceof snmp.RequestFailedError) return failure('permanent', `it answers with ${error.message}`);
  const { code, message = String(error) } = error as NodeJS.ErrnoException;
  return failure('temporary', code ?? message);
}
