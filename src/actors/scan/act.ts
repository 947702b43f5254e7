import type { Verdict } from '../../events/scan.ts';
import type { ScanReply } from '../../machines/message-scan.ts';
import { NextHopUnavailable, type Quarantine, type QuarantineEntry } from '../ports/mail.ts';
import type { MessagePart, MessageRewriter } from '../ports/scanning.ts';
import type { Work } from './work.ts';

export interface ActParts {
  rewriter: MessageRewriter;
  quarantine: Quarantine;
  /** RFC 3339 time for quarantine entries. */
  now: () => number;
  onProblem: (problem: string, error: unknown) => void;
}

/**
 * Carries out what the virus rule decided and gives the reply. Only called when the verdict is durable (invariant 1);
 * trouble of ours is 4xx (invariant 3).
 */
export async function act(parts: ActParts, work: Work, verdict: Verdict): Promise<ScanReply> {
  try {
    if (verdict.action === 'quarantine') return await quarantine(parts, work, verdict);
    if (verdict.action === 'delete_message') return { code: 250, text: '2.0.0 Ok: message deleted by the virus rule' };
    if (verdict.action === 'reject') return { code: 550, text: `5.7.1 Message refused: ${verdict.verdict}` };
    return await work.transaction.data(outgoing(parts, work, verdict));
  } catch (error) {
    parts.onProblem(`scan ${work.guid}: ${verdict.action} failed`, error);
    if (error instanceof NextHopUnavailable)
      return { code: 451, text: '4.4.1 Next hop not available, try again later' };
    return { code: 451, text: '4.3.0 Local trouble, try again later' };
  }
}

/** The message as it is delivered: byte for byte as received, but for removed parts and, by setting, our header fields. */
function outgoing({ rewriter }: ActParts, work: Work, verdict: Verdict): readonly Uint8Array[] {
  const content = work.content as Buffer;
  const doomed = verdict.removed.flatMap((index) => work.unpacked?.parts[index] ?? []);
  const kept =
    doomed.length > 0 ? rewriter.remove(content, doomed, (name) => notice(name, verdict, doomed)) : [content];
  const fields = headerFields(work, verdict);
  return fields.length > 0 ? rewriter.addHeaders(kept, fields) : kept;
}

function headerFields({ guid, epoch: { settings } }: Work, verdict: Verdict): [string, string][] {
  const { method, action } = verdict;
  const result = verdict.verdict === 'unscannable' ? `unscannable (${reasons(verdict)})` : verdict.verdict;
  const field: [string, string] = ['X-Sekisho', `${result}; method=${method}; scan=${guid}`];
  return [
    ...(settings.headers ? [field] : []),
    ...(action === 'tag' ? [['X-Sekisho-Tag', settings.tag] as [string, string]] : []),
  ];
}

function reasons(verdict: Verdict): string {
  return [...new Set(verdict.unscannable.map((fact) => fact.reason))].join(', ');
}

function notice(name: string, verdict: Verdict, doomed: readonly MessagePart[]): string {
  const names = [...new Set(verdict.malware.map((found) => found.name))];
  const why =
    names.length > 0 ? `malware was found in it: ${names.join(', ')}` : `it could not be scanned: ${reasons(verdict)}`;
  return [
    `The attachment "${name}" was removed by the mail gateway, because ${doomed.length > 1 ? 'in this message ' : ''}${why}.`,
    `添付ファイル「${name}」はメールゲートウェイによって削除されました。`,
    '',
  ].join('\n');
}

async function quarantine(parts: ActParts, work: Work, verdict: Verdict): Promise<ScanReply> {
  const entry: QuarantineEntry = {
    id: work.guid,
    time: new Date(parts.now()).toISOString(),
    mailFrom: work.mailFrom,
    recipients: work.recipients,
    client: { address: work.client.address, helo: work.client.helo },
    size: work.message.size,
    reason:
      verdict.malware.length > 0
        ? `malware: ${[...new Set(verdict.malware.map((found) => found.name))].join(', ')}`
        : `unscannable: ${reasons(verdict)}`,
    files: [...verdict.malware, ...verdict.unscannable].map((fact) => fact.path.join('/')).slice(0, 100),
    ...(work.unpacked?.subject === undefined ? {} : { subject: work.unpacked.subject }),
  };
  await parts.quarantine.store(entry, [work.content as Buffer]);
  return { code: 250, text: `2.0.0 Ok: quarantined as ${work.guid}` };
}
