import type { MalwareFact } from '../../events/scan.ts';
import type { Message } from '../log-entries/entry.ts';
import { wordFor } from './words.ts';

/** Who found malware, and what that rests on: server, pattern and source, as far as the log says it. Escape it where it is shown. */
export function foundBy(fact: Omit<MalwareFact, 'path' | 'place'>, language: keyof Message): string {
  const { by, server, patternId, patternVersion, source, details } = fact;
  const pattern = [patternId, patternVersion].filter((word) => word !== undefined).join(' ');
  const words = {
    pattern: { ja: `パターン ${pattern}`, en: `pattern ${pattern}` },
    source: { ja: `情報源 ${source}`, en: `source ${source}` },
  };
  return [
    server === undefined ? wordFor('by', by, language) : `${wordFor('by', by, language)} ${server}`,
    ...(pattern === '' ? [] : [words.pattern[language]]),
    ...(source === undefined ? [] : [words.source[language]]),
    ...(details === undefined ? [] : [details]),
  ].join(', ');
}
