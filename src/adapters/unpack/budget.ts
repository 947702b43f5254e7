import type { UnpackLimits } from '../../actors/ports/scanning.ts';
import type { Room } from './found.ts';

/** Files that unpack to no more than this are not judged by their ratio. */
const RATIO_FREE_BYTES = 1024 * 1024;

/** Counts the bytes that one message has unpacked to. */
export class Budget {
  readonly #limits: UnpackLimits;
  #bytes = 0;

  constructor(limits: UnpackLimits) {
    this.#limits = limits;
  }

  /** False, and nothing is taken, when it is over `fileBytesMax` or brings the message over `messageBytesMax`. */
  take(bytes: number): boolean {
    if (bytes > this.#limits.fileBytesMax || this.#bytes + bytes > this.#limits.messageBytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Bytes that may come yet. */
  get left(): number {
    return this.#limits.messageBytesMax - this.#bytes;
  }

  /** Room for content that is `packedBytes` long before it is unpacked. */
  room(packedBytes: number): Room {
    const { fileBytesMax, messageBytesMax, ratioMax } = this.#limits;
    const byRatio = Math.max(RATIO_FREE_BYTES, Math.floor(packedBytes * ratioMax));
    const bySize = Math.min(fileBytesMax, messageBytesMax - this.#bytes);
    return byRatio < bySize ? { bytesMax: byRatio, reason: 'ratio' } : { bytesMax: bySize, reason: 'too-large' };
  }
}
