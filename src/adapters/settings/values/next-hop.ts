import { resolve } from 'node:path';
import { type NextHopTarget, parseNextHopUrl } from '../../next-hop/next-hop-url.ts';
import { valueType } from './value-type.ts';

/** The next hop's own URL, with the folder of a Maildir made absolute. */
export const nextHopUrl = valueType(
  'smtp://host:port, smtp+unix:/PATH or maildir:FOLDER',
  (text, { folder }): Readonly<NextHopTarget> | undefined => {
    const target = parsed(text);
    return target?.kind === 'maildir' ? { ...target, folder: resolve(folder, target.folder) } : target;
  },
);

function parsed(text: string): NextHopTarget | undefined {
  try {
    return parseNextHopUrl(text);
  } catch {
    return undefined;
  }
}
