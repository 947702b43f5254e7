import { nameLengthMax } from '../entry.ts';
import { lineBytesMax, readLines } from './read-lines.ts';
import { type Found, orBad, type Reader, type Reading } from './reading.ts';
import { BadLine, parseHash, parseName, parseSignatureLine } from './signature-line.ts';

/** A format in which each line says one thing. `parse` gives undefined for a line that says nothing, and throws `BadLine`. */
function lineReader(parse: (line: string) => Found | undefined): Reader {
  return function* read(path: string, reading: Reading) {
    for (const { number, text, isCut, bytesRead } of readLines(path)) {
      const found = orBad(reading, number, () => {
        if (isCut) throw new BadLine(`longer than ${lineBytesMax} bytes`);
        return parse(text);
      });
      if (found) yield found;
      if (number % 1000 === 0) reading.progress(bytesRead);
    }
  };
}

/** ClamAV's .hdb, .hsb, .hdu, .hsu. */
export const readClamLines = lineReader(parseSignatureLine);

/** ClamAV's .fp and .sfp: what is known good. */
export const readClamAllowLines = lineReader((line) => {
  const found = parseSignatureLine(line);
  return found && { ...found, allow: true };
});

/** A list of hashes: `hash`, `hash name`, or what md5sum, sha1sum and sha256sum print, also with --tag. */
export const readHashList = lineReader(parseListLine);

function parseListLine(line: string): Found | undefined {
  const text = line.trim();
  if (text === '' || text.startsWith('#') || text.startsWith('//')) return undefined;
  const tagged = /^(?:MD5|SHA1|SHA256) \((.*)\) = ([0-9A-Fa-f]+)$/.exec(text);
  const [, hash = '', rest = ''] = tagged
    ? ['', tagged[2], tagged[1]]
    : (/^["\\]?(\w+)"?[\s,;|]*(.*)$/.exec(text) ?? []);
  // sha256sum marks binary files with an asterisk; of a path the name says more.
  const name = rest
    .replace(/^\*/, '')
    .replace(/^.*\//, '')
    .replace(/^"|"$/g, '')
    .replace(/\s+/g, ' ')
    // Names of files may hold what those of malware may not.
    .replace(/[:\p{Cc}\p{Cs}\u{fffd}]/gu, '_');
  return { hash: parseHash(hash), name: name === '' ? '' : parseName(name.slice(0, nameLengthMax)) };
}

/** `"a", "b"` as abuse.ch writes it: fields in quotes, a quote within as two. Throws `BadLine`. */
export function csvFields(line: string): string[] {
  const fields: string[] = [];
  const field = / *"((?:[^"]|"")*)" *(?:,|$)|([^",]*)(?:,|$)/y;
  while (field.lastIndex < line.length) {
    const found = field.exec(line);
    if (found === null) throw new BadLine('no CSV: a quote is missing');
    fields.push((found[1]?.replaceAll('""', '"') ?? found[2] ?? '').trim());
  }
  return fields;
}

/** A CSV file of abuse.ch: comments with `#`, the last one names the columns. */
function csvReader(columns: readonly string[], parse: (field: (name: string) => string) => Found): Reader {
  let places = new Map(columns.map((name, index) => [name, index]));
  return lineReader((line) => {
    if (line.trim() === '') return undefined;
    if (line.startsWith('#')) {
      const names = csvNames(line);
      if (names.includes(hashColumn(columns))) places = new Map(names.map((name, index) => [name, index]));
      return undefined;
    }
    const fields = csvFields(line);
    if (fields.length < places.size) throw new BadLine(`expected ${places.size} fields`);
    return parse((name) => fields[places.get(name) ?? -1] ?? '');
  });
}

/** Names of the columns that a comment gives. */
export function csvNames(comment: string): string[] {
  return comment
    .replace(/^[#\s]+/, '')
    .split(',')
    .map((name) => name.replace(/["\s]/g, ''));
}

function hashColumn(columns: readonly string[]): string {
  return columns.find((name) => name.startsWith('sha256')) ?? '';
}

/** Columns of MalwareBazaar's exports (bazaar.abuse.ch/export). */
export const malwareBazaarColumns = [
  ...['first_seen_utc', 'sha256_hash', 'md5_hash', 'sha1_hash', 'reporter', 'file_name', 'file_type_guess'],
  ...['mime_type', 'signature', 'clamav', 'vtpercent', 'imphash', 'ssdeep', 'tlsh'],
];

export const readMalwareBazaar: Reader = (path, reading) =>
  csvReader(malwareBazaarColumns, (field) => ({
    hash: parseHash(field('sha256_hash')),
    name: familyName(field('signature'), field('file_type_guess')),
  }))(path, reading);

/** Columns of URLhaus' payloads (urlhaus.abuse.ch/downloads/payloads). */
export const urlhausColumns = ['firstseen', 'url', 'filetype', 'md5', 'sha256', 'signature'];

export const readUrlhaus: Reader = (path, reading) =>
  csvReader(urlhausColumns, (field) => ({
    hash: parseHash(field('sha256') || field('md5')),
    name: familyName(field('signature'), field('filetype')),
  }))(path, reading);

/** The family, or else the type of the file. */
function familyName(family: string, type: string): string {
  const isGiven = (text: string) => text !== '' && !/^(n\/a|none|null|unknown)$/i.test(text);
  return isGiven(family) ? csvName(family) : isGiven(type) ? `Malware.${csvName(type)}` : 'Malware';
}

function csvName(text: string): string {
  return parseName(text.replace(/[\s:]+/g, '_'));
}
