import type { ReadNames } from '../../actors/ports/scanning.ts';
import { messageIdOf, subjectOf } from './content-headers.ts';
import { type HeaderBlock, readHeaderBlock } from './header-block.ts';

/** Message-ID, Subject and whether a machine sent it, from the beginning of a message. */
export const readNames: ReadNames = (head) => {
  const block = readHeaderBlock(head, 0, head.length);
  return {
    messageId: messageIdOf(block) ?? null,
    subject: subjectOf(block) ?? null,
    ...(isAutomatic(block) ? { automatic: true } : {}),
  };
};

/** RFC 3834 2: Auto-Submitted other than `no`; and what mailing lists and bulk mail say of themselves. */
function isAutomatic({ fields }: HeaderBlock): boolean {
  return fields.some(([name, value]) => {
    if (name === 'auto-submitted') return !/^no\b/i.test(value);
    return name === 'precedence' ? /^(?:bulk|list|junk)\b/i.test(value) : name.startsWith('list-');
  });
}
