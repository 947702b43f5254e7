import type { ReadNames } from '../../actors/ports/scanning.ts';
import { messageIdOf, subjectOf } from './content-headers.ts';
import { readHeaderBlock } from './header-block.ts';

/** Message-ID and Subject from the beginning of a message. */
export const readNames: ReadNames = (head) => {
  const block = readHeaderBlock(head, 0, head.length);
  return { messageId: messageIdOf(block) ?? null, subject: subjectOf(block) ?? null };
};
