import type { UnpackLimits } from '../../actors/ports/scanning.ts';
import type { AmbiguityReason } from '../../events/scan.ts';
import type { Leaf, MimeTree } from './mime-tree.ts';
import { walkMime } from './mime-walker.ts';
import { type View, type WalkRoot, widestView } from './walk-state.ts';

/** A leaf, and the bytes that it is a stretch of. */
export interface ViewedLeaf extends Leaf {
  of: Buffer;
}

/** Everything that any reading of a message finds. */
export interface ViewedMessage extends Omit<MimeTree, 'leaves' | 'loneCr'> {
  leaves: readonly ViewedLeaf[];
}

/**
 * Reads the MIME structure in the widest view, and where others would see it differently in theirs, too: a few passes at most, and for
 * ordinary mail one. Parts are those of the widest view; what only others see is in no part that can be taken out.
 */
export function viewMime(message: Buffer, root: WalkRoot, limits: UnpackLimits): ViewedMessage {
  const tree = walkMime(message, root, limits);
  const leaves: ViewedLeaf[] = tree.leaves.map((leaf) => ({ ...leaf, of: message }));
  const ambiguous = [...tree.ambiguous];
  const known = new Set(leaves.map(keyOf));
  /** True when the other view has files that were not there before. */
  const addView = (of: Buffer, other: MimeTree): boolean => {
    const fresh = other.leaves.filter((leaf) => !known.has(keyOf(leaf)));
    for (const leaf of fresh) {
      known.add(keyOf(leaf));
      leaves.push({ ...leaf, of, part: undefined });
    }
    return fresh.some(({ place, encodings }) => place === 'attachment' || encodings.length > 0);
  };
  const addDifferent = (of: Buffer, other: MimeTree, reason: AmbiguityReason) => {
    if (addView(of, other)) ambiguous.push({ reason, path: root.path });
  };
  if (tree.ambiguous.some(({ reason }) => reason === 'conflicting-boundary')) {
    const others: View['boundaries'][] = ['first', 'last'];
    for (const boundaries of others) addView(message, walkMime(message, root, limits, { ...widestView, boundaries }));
  }
  if (tree.loneCr)
    addDifferent(message, walkMime(message, root, limits, { ...widestView, loneCr: false }), 'odd-line-ends');
  const stripped = withoutNul(message);
  if (stripped && shapeOf(walkMime(stripped, root, limits)) !== shapeOf(tree)) {
    known.clear();
    addDifferent(stripped, walkMime(stripped, root, limits), 'nul-bytes');
  }
  return { ...tree, leaves, ambiguous };
}

function keyOf({ start, end, encodings }: Leaf): string {
  return `${start}:${end}:${encodings.join()}`;
}

/** Some programs drop NUL bytes, others end lines with them. Undefined when there are none. */
function withoutNul(message: Buffer): Buffer | undefined {
  if (!message.includes(0)) return undefined;
  return Buffer.from(message.toString('latin1').replaceAll('\0', ''), 'latin1');
}

/** What a reading found, without its places. */
function shapeOf({ leaves }: MimeTree): string {
  return leaves.map(({ path, encodings, place }) => `${path.join('/')}:${encodings.join()}:${place}`).join('\n');
}
