import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { CommitProgress, SourceReport } from './commit-import.ts';
import { ownPrefix } from './entry-folder.ts';
import type { ImportFormat } from './formats/detect.ts';
import { type Batch, openBatch, type Target } from './import-batch.ts';
import { type ImportPart, type ImportParts, partsOf } from './import-parts.ts';
import { ImportRefused } from './import-refused.ts';
import { localSource } from './schema.ts';
import type { SourceSetting } from './sources.ts';
import type { Store } from './store.ts';

/** How to import. */
export interface ImportOptions {
  /** Into the agent pattern, too. */
  agent?: boolean;
  /** Known good instead of malware. */
  allow?: boolean;
  /** Else by name and content. */
  format?: ImportFormat;
  /** Which source says it; else by the format. */
  source?: string;
  setting?: SourceSetting;
  /** The files are all that the source says. */
  replace?: boolean;
  /** From ClamAV's archives also what names potentially unwanted applications. */
  withUnwanted?: boolean;
  /** Told of what is left out. @param place in the file, e.g. the number of a line */
  onBad?: (place: string, reason: string) => void;
  /** Told how far reading a file is. @param share from 0 to 1 @param count of signatures so far, of all files */
  onRead?: (file: string, share: number, count: number) => void;
  /** Told how far writing is. */
  onWrite?: CommitProgress;
}

/** What was read of one file. */
export interface FileReport {
  file: string;
  format: ImportFormat;
  source: string;
  /** By algorithm. MD5 and SHA-1 go into the local patterns only: a query asks by SHA-256. */
  read: { sha256: number; sha1: number; md5: number };
  /** Lines, or whatever the format has, that were left out. */
  bad: number;
  /** What it says of itself, e.g. its version. */
  info: string;
  /** Lines of a .cvd or .cld that are for clamd only, by ending. */
  leftOut: ReadonlyMap<string, number>;
}

export interface ImportReport {
  files: FileReport[];
  sources: SourceReport[];
}

const hashNames = { 16: 'md5', 20: 'sha1', 32: 'sha256' } as const;

/**
 * Imports files, all or, when one of them cannot be, or the process ends, none. What is bad in a file is told and left out; a file
 * without anything good is refused. Throws `ImportRefused`, `SourceRefused`, `StoreBusy`, `StoreUnusable`.
 */
export async function importFiles(
  store: Store,
  files: readonly string[],
  options: ImportOptions,
): Promise<ImportReport> {
  const batch = openBatch(store);
  const folder = join(store.entriesFolder, `${ownPrefix()}-unpacked`);
  try {
    const reports: FileReport[] = [];
    for (const file of files) {
      mkdirSync(folder);
      const { format, withUnwanted = false } = options;
      const found = await partsOf(file, { format, withUnwanted, folder });
      reports.push(readFile(batch, file, found, options));
      rmSync(folder, { recursive: true });
    }
    const names = files.map((file) => basename(file)).join(', ');
    return { files: reports, sources: batch.commit(`import of ${names}`, options.onWrite) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    batch.close();
  }
}

function readFile(batch: Batch, file: string, found: ImportParts, options: ImportOptions): FileReport {
  const { format, archive } = found;
  const isAllow = options.allow === true || found.isAllow;
  const source = options.source ?? usualSource(format, isAllow, archive !== undefined);
  const report: FileReport = {
    ...{ file, format, source, read: { sha256: 0, sha1: 0, md5: 0 }, bad: 0 },
    ...{ info: archive?.version ?? '', leftOut: archive?.leftOut ?? new Map() },
  };
  const { setting = {}, replace = false } = options;
  const target = batch.into({ name: source, kind: isAllow ? 'allow' : 'malware', setting, replace });
  let bytesBefore = 0;
  const bytesTotal = found.parts.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const part of found.parts) {
    readPart(part, target, report, options, (bytes) => {
      options.onRead?.(file, (bytesBefore + bytes) / Math.max(bytesTotal, 1), batch.count());
    });
    bytesBefore += part.bytes;
  }
  const { sha256, sha1, md5 } = report.read;
  if (sha256 + sha1 + md5 === 0)
    throw new ImportRefused(
      `${file} holds no valid signature${report.bad > 0 ? `; ${report.bad} bad lines` : ''}. Nothing was changed`,
    );
  if (report.info !== '') target.tell(report.info);
  return report;
}

function readPart(
  { path, within, read }: ImportPart,
  target: Target,
  report: FileReport,
  options: ImportOptions,
  progress: (bytesRead: number) => void,
): void {
  const agent = options.agent ?? false;
  const reading = {
    bad(place: string, reason: string) {
      report.bad++;
      options.onBad?.([report.file, ...(within === undefined ? [] : [within]), place].join(':'), reason);
    },
    progress,
    info(text: string) {
      report.info = text;
    },
  };
  for (const found of read(path, reading)) {
    report.read[hashNames[found.hash.length as keyof typeof hashNames]]++;
    target.add({ ...found, agent });
  }
}

/** Where something goes when nobody says it. */
function usualSource(format: ImportFormat, isAllow: boolean, isArchive: boolean): string {
  if (format === 'warninglist') return 'misp-warninglists';
  if (isAllow) return 'allowed';
  if (format === 'list' || (format === 'clamav' && !isArchive)) return localSource;
  return format;
}
