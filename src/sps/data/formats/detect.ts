import { closeSync, openSync, readSync } from 'node:fs';
import { extname } from 'node:path';
import { csvNames } from './line-formats.ts';

/** What can be imported, by its `--format`. */
export const importFormats = ['clamav', 'malwarebazaar', 'urlhaus', 'misp', 'warninglist', 'list'] as const;
export type ImportFormat = (typeof importFormats)[number];

const clamEndings = ['.hdb', '.hsb', '.hdu', '.hsu', '.fp', '.sfp'];
/** So much of a file says what it is. */
const beginningBytes = 64 * 1024;
const hash = '(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64})';

/** The first bytes of a file. */
export function beginningOf(path: string): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(beginningBytes);
    return bytes.subarray(0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}

/** Which format a file that is not packed has, by its name and how it begins; undefined when neither says it. */
export function formatOf(name: string, beginning: Buffer): ImportFormat | undefined {
  if (clamEndings.includes(extname(name).toLowerCase())) return 'clamav';
  const text = beginning.toString('utf8').replace(/^\uFEFF/, '');
  if (/^\s*[{[]/.test(text)) return /"(?:matching_attributes|list)"\s*:/.test(text) ? 'warninglist' : 'misp';
  const lines = text.split(/\r?\n/);
  for (const line of lines.filter((line) => line.startsWith('#'))) {
    const columns = csvNames(line);
    if (columns.includes('sha256_hash')) return 'malwarebazaar';
    if (columns.includes('sha256') && columns.includes('filetype')) return 'urlhaus';
  }
  const first = lines.find((line) => line.trim() !== '' && !line.startsWith('#') && !line.startsWith('//')) ?? '';
  if (new RegExp(`^\\s*${hash}:(?:\\d+|\\*):`).test(first)) return 'clamav';
  if (new RegExp(`^"[^"]*" *, *"${hash}" *,`).test(first)) return 'malwarebazaar';
  if (new RegExp(`^"[^"]*" *, *"https?:[^"]*" *,.*"${hash}"`).test(first)) return 'urlhaus';
  if (new RegExp(`^(?:\\s*["\\\\]?${hash}(?:["\\s,;|]|$)|(?:MD5|SHA1|SHA256) \\()`).test(first)) return 'list';
  return extname(name).toLowerCase() === '.txt' ? 'list' : undefined;
}
