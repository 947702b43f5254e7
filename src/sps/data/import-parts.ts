import { statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { isClamArchive, openClamArchive } from './formats/clam-archive.ts';
import { beginningOf, formatOf, type ImportFormat } from './formats/detect.ts';
import {
  readClamAllowLines,
  readClamLines,
  readHashList,
  readMalwareBazaar,
  readUrlhaus,
} from './formats/line-formats.ts';
import { mispEventsOf, readMispEvent, readWarningList } from './formats/misp.ts';
import type { Reader } from './formats/reading.ts';
import { packingOf, type Unpacked, unpack } from './formats/unpack.ts';
import { ImportRefused } from './import-refused.ts';

/** A file to read: what was given, or what came out of it. */
export interface ImportPart {
  path: string;
  bytes: number;
  /** Of the file within, for people. */
  within?: string;
  read: Reader;
}

/** What a file to import consists of. */
export interface ImportParts {
  format: ImportFormat;
  /** It says what is known good. */
  isAllow: boolean;
  /** It is a .cvd or .cld: its version, and lines of what is for clamd only, by ending. */
  archive?: { version: string; leftOut: ReadonlyMap<string, number> };
  parts: ImportPart[];
}

export interface PartsOptions {
  format: ImportFormat | undefined;
  withUnwanted: boolean;
  /** An empty folder for what is unpacked. */
  folder: string;
}

const readers: Readonly<Record<Exclude<ImportFormat, 'clamav'>, Reader>> = {
  malwarebazaar: readMalwareBazaar,
  urlhaus: readUrlhaus,
  misp: readMispEvent,
  warninglist: readWarningList,
  list: readHashList,
};

/** Finds out what a file is, and unpacks what is packed. Throws `ImportRefused`. */
export async function partsOf(file: string, options: PartsOptions): Promise<ImportParts> {
  if (/^https?:\/\//i.test(file))
    throw new ImportRefused(`${file} is not fetched: fetch it with curl -O, then import the file`);
  try {
    if (statSync(file).isDirectory()) return ofFolder(file);
    if (basename(file) === 'manifest.json') return ofFolder(join(file, '..'));
    return await ofFile(file, options);
  } catch (error) {
    if (error instanceof ImportRefused) throw error;
    throw new ImportRefused(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

function ofFolder(folder: string): ImportParts {
  const parts = mispEventsOf(folder).map(({ path, bytes }) => {
    return { path, bytes, within: basename(path), read: readMispEvent };
  });
  if (parts.length === 0) throw new ImportRefused(`${folder} is a folder, but no feed of MISP: no <uuid>.json in it`);
  return { format: 'misp', isAllow: false, parts };
}

async function ofFile(file: string, options: PartsOptions): Promise<ImportParts> {
  const unpackedTo = join(options.folder, 'part');
  if (isClamArchive(beginningOf(file))) {
    const { version, files, leftOut } = await openClamArchive(file, unpackedTo, options.withUnwanted);
    const parts = files.map((found) => partOf(found, 'clamav'));
    return { format: 'clamav', isAllow: false, archive: { version, leftOut }, parts };
  }
  const packing = await packingOf(file);
  const whole = { path: file, name: basename(file) };
  const found = packing === undefined ? [whole] : await unpack(file, packing, unpackedTo);
  const formats = found.map((one) => options.format ?? formatOf(one.name, beginningOf(one.path)));
  const [format] = formats;
  if (format === undefined)
    throw new ImportRefused(`${file}: neither its name nor its beginning says what it is: say it with --format`);
  if (formats.some((other) => other !== format))
    throw new ImportRefused(`${file}: the files in it are not of one format`);
  const parts = found.map((one) => partOf(one, format, packing !== undefined));
  const isAllow = format === 'warninglist' || (format === 'clamav' && found.every(({ name }) => isAllowFile(name)));
  return { format, isAllow, parts };
}

function partOf({ path, name }: Unpacked, format: ImportFormat, isWithin = true): ImportPart {
  const clam = isAllowFile(name) ? readClamAllowLines : readClamLines;
  const read = format === 'clamav' ? clam : readers[format];
  return { path, bytes: statSync(path).size, ...(isWithin && { within: name }), read };
}

function isAllowFile(name: string): boolean {
  return ['.fp', '.sfp'].includes(extname(name).toLowerCase());
}
