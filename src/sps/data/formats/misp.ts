import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from './json-values.ts';
import { type Found, nameFrom, orBad, type Reader, type Reading } from './reading.ts';
import { BadLine, parseHash } from './signature-line.ts';

/** Attributes that hold a hash of a file; in those with `filename|` it is behind the name (MISP core format, "Attribute"). */
const hashTypes = /^(?:filename\|)?(?:md5|sha1|sha256)$|^malware-sample$/;

/** An object that is being read: what of it is of interest. */
interface Part {
  type?: unknown;
  value?: unknown;
  to_ids?: unknown;
  deleted?: unknown;
  info?: unknown;
}

const wanted = ['type', 'value', 'to_ids', 'deleted', 'info'] as const;

/**
 * An event of MISP, or a list of events as its API exports them: hashes of attributes and of attributes of objects that are for
 * detection (`to_ids`). The name is made of the event's `info`.
 */
export const readMispEvent: Reader = function* read(path, reading) {
  const parts: Part[] = [];
  let name = 'MISP';
  let number = 0;
  try {
    for (const event of readJson(path, reading.progress)) {
      if (event.kind === 'begin') parts.push({});
      else if (event.kind === 'value') {
        const [part, key] = [parts.at(-1), wanted.find((one) => one === event.key)];
        if (part && key) part[key] = event.value;
        if (key === 'info' && typeof event.value === 'string') name = `MISP.${nameFrom(event.value)}`;
      } else {
        const part = parts.pop();
        if (part === undefined || typeof part.type !== 'string' || typeof part.value !== 'string') continue;
        number++;
        const found = attribute(part.type, part.value, part, `attribute ${number}`, reading);
        if (found) yield { ...found, name };
      }
    }
  } catch (error) {
    if (!(error instanceof BadLine)) throw error;
    reading.bad(`after attribute ${number}`, error.message);
  }
};

function attribute(
  type: string,
  value: string,
  part: Part,
  place: string,
  reading: Reading,
): Omit<Found, 'name'> | undefined {
  const isForDetection = part.to_ids === true || part.to_ids === 1 || part.to_ids === '1';
  if (!hashTypes.test(type) || !isForDetection || part.deleted === true) return undefined;
  return orBad(reading, place, () => ({ hash: parseHash(value.slice(value.lastIndexOf('|') + 1).trim()) }));
}

/** Most files of a feed. */
const feedFilesMax = 1_000_000;

/** The events of a feed in a folder: each in a file of its own, named by UUID; `manifest.json` lists them. */
export function mispEventsOf(folder: string): { path: string; bytes: number }[] {
  const names = readdirSync(folder)
    .filter((name) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.json$/i.test(name))
    .sort()
    .slice(0, feedFilesMax);
  return names.map((name) => ({ path: join(folder, name), bytes: statSync(join(folder, name)).size }));
}

/** A warning list of MISP (`lists/<name>/list.json`): hashes that are known good. */
export const readWarningList: Reader = function* read(path, reading) {
  const about: Record<string, unknown> = {};
  let number = 0;
  try {
    for (const event of readJson(path, reading.progress)) {
      if (event.kind !== 'value') continue;
      if (event.depth === 1 && (event.key === 'name' || event.key === 'version')) {
        about[event.key] = event.value;
        reading.info(nameFrom(`${about.name ?? ''} ${about.version ?? ''}`).replaceAll('_', ' '));
      }
      if (event.depth !== 2 || event.list !== 'list') continue;
      number++;
      const hash = orBad(reading, `entry ${number}`, () => parseHash(String(event.value).trim()));
      if (hash) yield { hash, name: '', allow: true };
    }
  } catch (error) {
    if (!(error instanceof BadLine)) throw error;
    reading.bad(`after entry ${number}`, error.message);
  }
};
