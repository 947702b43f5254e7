import type { FileType } from '../../events/file-types.ts';
import { compoundTypes } from './compound-types.ts';
import { magicTypes } from './magic.ts';
import { textTypes } from './text-types.ts';
import { zipTypes } from './zip-types.ts';

/** Every type that a content is, each once; nothing for what is not known. Never throws. */
export function typesOf(content: Buffer): FileType[] {
  return [...new Set([magicTypes, zipTypes, compoundTypes, textTypes].flatMap((find) => found(find, content)))];
}

/** A reader that trips over what it reads has found nothing. */
function found(find: (content: Buffer) => FileType[], content: Buffer): FileType[] {
  try {
    return find(content);
  } catch {
    return [];
  }
}
