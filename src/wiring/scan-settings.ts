import { readFile } from 'node:fs/promises';
import type { ScanSettings } from '../actors/scan-settings.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { policyOf } from './policy.ts';
import { serviceSettings } from './services.ts';
import { virusRule } from './virus-rule.ts';

/** The settings of one scan service epoch. Throws when the allow list cannot be read. */
export async function scanSettings(settings: Settings): Promise<ScanSettings> {
  const { smart_scan, smart_protection, scan, virus_rule } = settings;
  return {
    method: smart_scan.method,
    servers: smart_scan.servers,
    services: settings.services.map(serviceSettings),
    servicesAbout: smart_scan.services_about,
    combination: { rule: smart_scan.combination, quorum: smart_scan.quorum },
    order: smart_scan.order,
    queryTimeoutMs: smart_scan.query_timeout_ms,
    queryTotalMs: smart_scan.query_total_ms,
    hashesPerQueryMax: smart_scan.hashes_per_query_max,
    failOver: smart_scan.fail_over,
    threshold: smart_protection.cache_threshold_count,
    cacheMs: smart_protection.cache_seconds * 1000,
    answersMax: smart_scan.answers_max,
    answersBytesMax: smart_scan.answers_bytes_max,
    allowedHashes: await allowedHashes(smart_scan.allow_hashes_file),
    scansMax: scan.scans_max,
    messageMs: scan.message_seconds_max * 1000,
    readMs: scan.unpack_seconds_max * 1000,
    limits: {
      partsMax: scan.parts_max,
      depthMax: scan.depth_max,
      filesMax: scan.files_max,
      fileBytesMax: scan.file_bytes_max,
      messageBytesMax: scan.message_bytes_max,
      ratioMax: scan.ratio_max,
    },
    rule: virusRule(settings),
    ...policyOf(settings),
    tag: virus_rule.tag,
    headers: virus_rule.headers,
    subjectTag: virus_rule.subject_tag,
    ...(virus_rule.added_header && { addedHeader: virus_rule.added_header }),
    ...(virus_rule.archive_folder !== undefined && { archiveFolder: virus_rule.archive_folder }),
  };
}

/** One SHA-256 on a line; `#` begins a comment. */
async function allowedHashes(file: string | undefined): Promise<ReadonlySet<string>> {
  if (file === undefined) return new Set();
  const lines = (await readFile(file, 'utf8'))
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*/, '').trim().toLowerCase());
  const bad = lines.findIndex((line) => line !== '' && !/^[0-9a-f]{64}$/.test(line));
  if (bad >= 0) throw new Error(`${file}:${bad + 1}: not a SHA-256: ${lines[bad]}`);
  return new Set(lines.filter((line) => line !== ''));
}
