import { resolve } from 'node:path';
import { valueType } from './value-type.ts';

/** A file or folder; relative to the settings file, or to the working folder when given elsewhere. */
export const path = valueType('a path', (text, { folder }) =>
  text === '' || text.includes('\0') ? undefined : resolve(folder, text),
);
