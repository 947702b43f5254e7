import { resolve } from 'node:path';
import { valueType } from './value-type.ts';

/** The absolute path; undefined when the text is empty or holds control characters, which no log could show. */
export function absolutePath(text: string, folder: string): string | undefined {
  return text === '' || /\p{Cc}/u.test(text) ? undefined : resolve(folder, text);
}

/** A file or folder; relative to the settings file, or to the working folder when given elsewhere. */
export const path = valueType('a path', (text, { folder }) => absolutePath(text, folder));
