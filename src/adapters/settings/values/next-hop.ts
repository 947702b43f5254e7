import { resolve } from 'node:path';
import { parseNextHopUrl } from '../../next-hop/next-hop-url.ts';
import { type ValueType, valueType } from './value-type.ts';

/** A URL as the next hop takes it, with the folder of a Maildir made absolute. */
export const nextHopUrl: ValueType<string> = valueType(
  'smtp://host:port, smtp+unix:/PATH or maildir:FOLDER',
  (text, { folder }) => {
    try {
      const target = parseNextHopUrl(text);
      return target.kind === 'maildir' ? `maildir:${resolve(folder, target.folder)}` : text;
    } catch {
      return undefined;
    }
  },
);
