import type { Verdict } from '../../events/scan.ts';
import type { MessagePart, MessageRewriter } from '../ports/scanning.ts';
import { removalNotice } from './removal-notice.ts';
import { ruleWords, troubleWords } from './verdict-words.ts';
import type { Work } from './work.ts';

/** The message as it is delivered: byte for byte as received, but for what the verdict and the settings change. */
export function outgoing(rewriter: MessageRewriter, work: Work, verdict: Verdict): readonly Uint8Array[] {
  const { settings } = work.epoch;
  const content = work.content as Buffer;
  const doomed = verdict.removed.flatMap((index) => work.read?.parts[index] ?? []);
  const notice = (name: string) => removalNotice(name, verdict, doomed.some(isSigned));
  const kept = doomed.length > 0 ? rewriter.remove(content, doomed, notice) : [content];
  const tagged = verdict.also?.includes('tag_subject') ? rewriter.tagSubject(kept, settings.subjectTag) : kept;
  const fields = headerFields(work, verdict, doomed);
  return fields.length > 0 ? rewriter.addHeaders(tagged, fields) : tagged;
}

type Field = readonly [name: string, value: string];

function headerFields(work: Work, verdict: Verdict, doomed: readonly MessagePart[]): Field[] {
  const { headers, tag, addedHeader } = work.epoch.settings;
  const fields: Field[] = headers ? [['X-Sekisho', summary(work, verdict, doomed)]] : [];
  // The text of the settings says that it could not be scanned.
  const isRuled = verdict.verdict === 'clean';
  if (verdict.action === 'tag') fields.push(['X-Sekisho-Tag', isRuled ? `[Sekisho: ${ruleWords(verdict)}]` : tag]);
  if (verdict.also?.includes('add_header') && addedHeader !== undefined) fields.push(addedHeader);
  if (verdict.action === 'change_recipient') fields.push(...originalRecipients(work));
  return fields;
}

function summary({ guid }: Work, verdict: Verdict, doomed: readonly MessagePart[]): string {
  const isTrouble = verdict.verdict === 'unscannable' || verdict.verdict === 'ambiguous';
  const result = isTrouble ? troubleWords(verdict, (kind, reasons) => `${kind} (${reasons})`) : verdict.verdict;
  const signature = doomed.some(isSigned) ? '; signature=broken' : '';
  return `${result}; method=${verdict.method}; scan=${guid}${signature}`;
}

function isSigned({ signed }: MessagePart): boolean {
  return signed === true;
}

/** Servers cut header fields that are too long. */
const recipientsPerFieldMax = 50;

/** To whom it would have gone: whoever gets it instead must be able to send it on. */
function originalRecipients({ recipients }: Work): Field[] {
  const addresses = recipients.map(({ path }) => path);
  return Array.from({ length: Math.ceil(addresses.length / recipientsPerFieldMax) }, (_, index) => {
    const some = addresses.slice(index * recipientsPerFieldMax, (index + 1) * recipientsPerFieldMax);
    return ['X-Sekisho-Original-Recipients', some.join(', ')];
  });
}
