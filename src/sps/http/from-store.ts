import { openSnapshot } from '../data/snapshot.ts';
import type { Publication } from '../products/products.ts';
import type { Knowledge, Known } from './knowledge.ts';

/** Knowledge of a publication, read into memory from the store it was built of: for as long as it has no smart scan pattern file. */
export function knowledgeOfStore(folder: string, current: () => Publication): () => Knowledge {
  let version = -1;
  let all: Known[] = [];
  let byHash = new Map<string, Known>();
  return () => {
    const { importVersion, patternId, filter } = current();
    if (importVersion !== version) {
      const snapshot = openSnapshot(folder, Date.now());
      all = Array.from(snapshot.smart(), ({ hash, name, source }): Known => {
        return { sha256: hash.toString('hex'), verdict: 'malicious', name, source };
      });
      snapshot.close();
      byHash = new Map(all.map((known) => [known.sha256, known]));
      version = importVersion;
    }
    return {
      patternId,
      patternVersion: filter.version,
      find: (sha256) => byHash.get(sha256),
      candidates(prefix, max) {
        const found = all.filter(({ sha256 }) => sha256.startsWith(prefix));
        return found.length > max ? undefined : found;
      },
    };
  };
}
