import { buildFilter } from '../../adapters/query-filter/build.ts';
import { openSnapshot } from '../data/snapshot.ts';
import { addDeltas } from '../distribution/deltas.ts';
import type { PackagedComponent } from '../protocol/component-package.ts';
import { buildPattern } from './build-pattern.ts';
import { type FilePool, openPool } from './file-pool.ts';
import { filterCapacity } from './filter-capacity.ts';
import { type Built, nextVersion } from './next-version.ts';
import type { Product, Publication } from './publication.ts';
import { openSmartPattern } from './smart-pattern/read.ts';
import { type WrittenSmartPattern, writeSmartPattern } from './smart-pattern/write.ts';

/** What a publication is built of. */
export interface BuildOptions {
  /** Folder of the SPS, with the store in it. */
  folder: string;
  patternId: string;
  /** Of the query filter, between 0 and 1. */
  falsePositiveRate: number;
}

/**
 * Builds everything from one snapshot of the store, and the ways up from earlier versions; all files are on disk then. Publishes nothing by itself.
 * Takes seconds for a million hashes: runs in a thread of its own (`build-worker.ts`).
 * @param before what was published last: what has not changed keeps its version, and the filter its size
 */
export async function buildPublication(options: BuildOptions, before: Publication | undefined): Promise<Publication> {
  const { folder, patternId, falsePositiveRate } = options;
  const pool = openPool(folder);
  const nowMs = Date.now();
  const snapshot = openSnapshot(folder, nowMs);
  try {
    const sources = before?.sources.map(({ name }) => name);
    const smart = pool.make((path) => writeSmartPattern(path, snapshot.smart(), sources));
    const fits = before?.falsePositiveRate === falsePositiveRate;
    const capacity = filterCapacity(smart.entries, fits ? before.filterCapacity : undefined);
    const built: Record<PackagedComponent, Built> = {
      smart: { entries: smart.entries, files: [{ name: 'smart.smart', size: smart.size, sha256: smart.sha256 }] },
      filter: await buildFilterFile(pool, smart, capacity, falsePositiveRate),
      agent: buildPattern(snapshot, 'agent', pool),
      conventional: buildPattern(snapshot, 'conventional', pool),
    };
    const publication: Publication = {
      ...{ change: snapshot.change, builtAtMs: nowMs, patternId, falsePositiveRate, filterCapacity: capacity },
      validUntilMs: Number.isFinite(snapshot.validUntilMs) ? snapshot.validUntilMs : null,
      sources: [...smart.bySource].map(([name, entries]) => ({ name, entries })).filter(({ entries }) => entries > 0),
      components: versionsOf(built, before, before?.patternId !== patternId, nowMs),
      earlier: { smart: [], filter: [], agent: [], conventional: [] },
    };
    addDeltas(publication, before, pool);
    pool.sync();
    return publication;
  } finally {
    snapshot.close();
  }
}

/** From the file, not from the store: the filter has what the answers come from, whatever happens meanwhile. */
async function buildFilterFile(
  pool: FilePool,
  { entries, sha256 }: WrittenSmartPattern,
  capacity: number,
  falsePositiveRate: number,
): Promise<Built> {
  const pattern = await openSmartPattern(pool.path(sha256));
  try {
    const content = buildFilter({ keys: pattern.hashes(), capacity, falsePositiveRate });
    return { entries, files: [{ name: 'filter.bloom', ...pool.write([content]) }] };
  } finally {
    pattern.close();
  }
}

function versionsOf(
  built: Record<PackagedComponent, Built>,
  before: Publication | undefined,
  isOtherId: boolean,
  nowMs: number,
): Record<PackagedComponent, Product> {
  const next = (component: PackagedComponent, isForced = isOtherId) =>
    nextVersion(before?.components[component], built[component], nowMs, isForced);
  const smart = next('smart');
  // Answers name the version of the filter: a name may have changed, or a hash come in that sets no new bit.
  const isOtherPattern = smart.version !== before?.components.smart.version;
  return { smart, filter: next('filter', isOtherPattern), agent: next('agent'), conventional: next('conventional') };
}
