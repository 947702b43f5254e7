import type { Step } from '../sps/products/publish.ts';
import { packagedComponents } from '../sps/protocol/component-package.ts';
import { table } from './text-table.ts';

/** What becomes of a component. */
export interface ComponentChange {
  component: string;
  /** Null: there was none. */
  from: string | null;
  to: string;
  isNew: boolean;
  entries: number;
  /** Entries more than before. */
  added: number;
  bytes: number;
  /** Of the way up from the version before; null: only as a whole. */
  deltaBytes: number | null;
}

/** What a publication brings, by component. */
export function changesOf({ before, now }: Step): ComponentChange[] {
  return packagedComponents.map((component) => {
    const [old, neu] = [before?.components[component], now.components[component]];
    const isNew = old?.version !== neu.version;
    const bytes = neu.files.reduce((sum, { size }) => sum + size, 0);
    return {
      ...{ component, from: old?.version ?? null, to: neu.version, isNew, entries: neu.entries },
      ...{ added: neu.entries - (old?.entries ?? 0), bytes, deltaBytes: deltaBytes({ before, now }, component) },
    };
  });
}

/** What a client of the version before fetches: deltas, and files that have none. */
function deltaBytes({ before, now }: Step, component: (typeof packagedComponents)[number]): number | null {
  const { files, deltas } = now.components[component];
  const old = before?.components[component].files ?? [];
  let bytes = 0;
  let hasDelta = false;
  for (const file of files) {
    if (old.some(({ sha256 }) => sha256 === file.sha256)) continue;
    const delta = deltas.find(({ to, from }) => to === file.sha256 && old.some(({ sha256 }) => sha256 === from));
    if (delta) hasDelta = true;
    bytes += delta?.size ?? file.size;
  }
  return hasDelta ? bytes : null;
}

/** The same for a person. */
export function changesText(changes: readonly ComponentChange[], verb: string): string {
  return table(
    ['component', 'version', '', 'entries', 'added', 'bytes', 'as a delta'],
    changes.map(({ component, to, isNew, entries, added, bytes, deltaBytes }) => [
      ...[
        component,
        to,
        isNew ? verb : 'unchanged',
        String(entries),
        isNew && added > 0 ? `+${added}` : isNew ? String(added) : '',
      ],
      ...[String(bytes), !isNew ? '' : deltaBytes === null ? 'none' : String(deltaBytes)],
    ]),
  );
}
