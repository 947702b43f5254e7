import type { UnscannableReason } from '../../../actors/ports/scanning.ts';
import { boundedName } from '../content-headers.ts';
import type { Access, Format } from '../format.ts';
import type { Entry, Room } from '../found.ts';
import { sevenZipInstance } from './seven-zip-instance.ts';
import { OUTPUT, type OutputLimit, SevenZipOutput } from './seven-zip-output.ts';
import { readReport } from './seven-zip-report.ts';
import { isZero } from './zeros.ts';

const ARCHIVE = 'archive';
/** No archive is meant to have it; without one 7-Zip would ask. */
const PASSWORD = 'none';
/** More lines say nothing new. */
const LINES_MAX = 5000;

/** How a format that 7-Zip reads is recognised. */
export interface SevenZipFormat {
  name: string;
  /** As 7-Zip calls it, for `-t`. */
  type: string;
  recognises(bytes: Buffer): boolean;
  /** The signature is so short that other content may have it: what 7-Zip cannot open then is no archive, not a damaged one. */
  weak?: boolean;
  /** Whatever stands behind its last whole member is a member cut off. */
  toTheEnd?: boolean;
  /** Whether what 7-Zip takes for damage comes of a password that is missing. */
  isEncrypted?(bytes: Buffer): boolean;
}

/**
 * A format that is read with 7-Zip 24.09. Each archive has an instance of its own: what a hostile one does to the memory of 7-Zip,
 * which is older than fixes of 2025, ends with it. Synchronous once it runs. What follows an archive is given as content, too.
 */
export function sevenZipFormat(format: SevenZipFormat): Format {
  const { name, type, recognises, weak = false, toTheEnd = false, isEncrypted } = format;
  return {
    name,
    recognises,
    async *read(bytes, access) {
      const { entries, opened, followed } = await extract(bytes, type, access);
      if (isEncrypted?.(bytes)) yield* entries.map(unlessEncrypted);
      else if (opened || !weak) yield* entries;
      if (followed && toTheEnd) yield { name: '', problem: 'damaged' };
    },
  };
}

function unlessEncrypted(entry: Entry): Entry {
  return entry.problem === 'damaged' ? { ...entry, problem: 'encrypted' } : entry;
}

/** What came of an archive. */
export interface Extraction {
  entries: Entry[];
  /** False when 7-Zip says that it is none. */
  opened: boolean;
  /** Something stands behind it, which is the last of the entries. */
  followed: boolean;
}

/** Everything in an archive of a known type. Never throws for damage. */
export async function extract(bytes: Buffer, type: string, access: Access): Promise<Extraction> {
  const room = access.room(bytes.length);
  const lines: string[] = [];
  const sevenZip = await sevenZipInstance((line) => {
    if (lines.length < LINES_MAX) lines.push(line);
  });
  sevenZip.FS.createDataFile('/', ARCHIVE, bytes, true, false, true);
  const output = new SevenZipOutput(sevenZip.FS, {
    fileBytesMax: Math.max(0, room.bytesMax),
    totalBytesMax: access.bytesLeft(),
    filesMax: access.entriesMax,
  });
  let crashed = false;
  try {
    sevenZip.callMain([
      'x',
      '-y',
      '-aoa',
      '-bd',
      '-sccUTF-8',
      `-p${PASSWORD}`,
      `-t${type}`,
      `-o${OUTPUT}`,
      `/${ARCHIVE}`,
    ]);
  } catch {
    // Its exceptions are not caught within: for each limit that is met, and for some damage.
    crashed = true;
  }
  const report = readReport(lines);
  const entries: Entry[] = [];
  for (const { name, content } of output.files()) {
    const problem = report.byName.get(name);
    report.byName.delete(name);
    if (problem !== undefined)
      entries.push(content.length > 0 ? { name: named(name), content, problem } : { name: named(name), problem });
    else if (content.length > 0) entries.push({ name: named(name), content });
  }
  for (const [name, problem] of report.byName) entries.push({ name: named(name), problem });
  // Stopped by us it cannot say that all is well.
  if (output.limit) report.problems.delete('damaged');
  for (const problem of report.problems) entries.push({ name: '', problem });
  if (output.limit) entries.push({ name: '', problem: reasonOf(output.limit, room) });
  else if (crashed) entries.push({ name: '', problem: 'damaged' });
  const rest = bytes.subarray(report.end ?? bytes.length);
  const followed = !isZero(rest);
  if (followed) entries.push({ name: '', content: rest });
  return { entries, opened: report.opened, followed };
}

function named(name: string): string {
  return name === ARCHIVE || name === `${ARCHIVE}~` ? '' : (boundedName(name) ?? '');
}

function reasonOf(limit: OutputLimit, room: Room): UnscannableReason {
  if (limit === 'files') return 'too-many-files';
  return limit === 'file' ? room.reason : 'too-large';
}
