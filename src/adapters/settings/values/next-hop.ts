import { type NextHopTarget, parseNextHopUrl } from '../../next-hop/next-hop-url.ts';
import { absolutePath } from './path.ts';
import { type ValueType, valueType } from './value-type.ts';

/** A URL as the next hop takes it, with the folder of a Maildir made absolute. */
export const nextHopUrl: ValueType<string> = valueType(
  'smtp://host:port, smtp+unix:/PATH, lmtp://host:port, lmtp+unix:/PATH or maildir:FOLDER',
  (text, { folder }) => {
    const target = parsed(text);
    if (target?.kind !== 'maildir') return target && text;
    const path = absolutePath(target.folder, folder);
    return path && `maildir:${path}`;
  },
);

function parsed(text: string): NextHopTarget | undefined {
  try {
    return parseNextHopUrl(text);
  } catch {
    return undefined;
  }
}
