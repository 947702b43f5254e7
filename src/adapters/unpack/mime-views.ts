import type { UnpackLimits } from '../../actors/ports/scanning.ts';
import type { AmbiguityReason } from '../../events/scan.ts';
import type { Leaf, MimeTree } from './mime-tree.ts';
import { walkMime } from './mime-walker.ts';
import { withoutNul } from './transfer-encoding.ts';
import { type WalkRoot, widestView } from './walk-state.ts';

/**
 * Reads the MIME structure in the widest view, and where others would see it differently in theirs, too: a few passes at most, and for
 * ordinary mail one. Parts are those of the widest view; what only others see is in no part that can be taken out.
 */
export function viewMime(message: Buffer, root: WalkRoot, limits: UnpackLimits): MimeTree {
  const tree = walkMime(message, root, limits);
  const views = new Views(tree, root);
  if (tree.ambiguous.some(({ reason }) => reason === 'conflicting-boundary')) {
    for (const boundaries of ['first', 'last'] as const)
      views.add(walkMime(message, root, limits, { ...widestView, boundaries }), undefined);
  }
  if (tree.loneCr) views.add(walkMime(message, root, limits, { ...widestView, loneCr: false }), 'odd-line-ends');
  const stripped = withoutNul(message);
  if (stripped) {
    const other = walkMime(stripped, root, limits);
    if (shapeOf(other) !== shapeOf(tree)) views.add(other, 'nul-bytes');
  }
  return views.union();
}

/** Leaves of several views, each stretch once. */
class Views {
  readonly #first: MimeTree;
  readonly #root: WalkRoot;
  #union: MimeTree;
  #known: Set<string> | undefined;

  constructor(first: MimeTree, root: WalkRoot) {
    this.#first = first;
    this.#root = root;
    this.#union = first;
  }

  /** @param reason why the message is ambiguous if the view has files that no other has */
  add({ leaves }: MimeTree, reason: AmbiguityReason | undefined): void {
    const known = this.#known ?? new Set(this.#first.leaves.map(keyOf));
    this.#known = known;
    const ofFirst = this.#first.leaves[0]?.of;
    const fresh = leaves.filter((leaf) => leaf.of !== ofFirst || !known.has(keyOf(leaf)));
    for (const leaf of fresh) known.add(keyOf(leaf));
    const isFile = fresh.some(({ place, encodings }) => place === 'attachment' || encodings.length > 0);
    const { ambiguous } = this.#union;
    this.#union = {
      ...this.#union,
      leaves: [...this.#union.leaves, ...fresh.map((leaf) => ({ ...leaf, part: undefined }))],
      ambiguous: isFile && reason !== undefined ? [...ambiguous, { reason, path: this.#root.path }] : ambiguous,
    };
  }

  union(): MimeTree {
    return this.#union;
  }
}

function keyOf({ start, end, encodings }: Leaf): string {
  return `${start}:${end}:${encodings.join()}`;
}

/** What a reading found, without its places. */
function shapeOf({ leaves }: MimeTree): string {
  return leaves.map(({ path, encodings, place }) => `${path.join('/')}:${encodings.join()}:${place}`).join('\n');
}
