import type { UnpackLimits } from '../../actors/ports/scanning.ts';
import type { Room } from './found.ts';

/** Files that unpack to no more than this are not judged by their ratio. */
const RATIO_FREE_BYTES = 1024 * 1024;

/** Counts what one message has used of its limits. */
export class Budget {
  readonly #limits: UnpackLimits;
  #files = 0;
  #bytes = 0;

  constructor(limits: UnpackLimits) {
    this.#limits = limits;
  }

  /** False when there are `filesMax` files already. */
  takeFile(): boolean {
    if (this.#files >= this.#limits.filesMax) return false;
    this.#files += 1;
    return true;
  }

  /** False when the content is over `fileBytesMax`, or brings the message over `messageBytesMax`. */
  takeBytes(bytes: number): boolean {
    if (bytes > this.#limits.fileBytesMax || this.#bytes + bytes > this.#limits.messageBytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Room for content that is `packedBytes` long before it is unpacked. */
  room(packedBytes: number): Room {
    const { fileBytesMax, messageBytesMax, ratioMax } = this.#limits;
    const byRatio = Math.max(RATIO_FREE_BYTES, Math.floor(packedBytes * ratioMax));
    const bySize = Math.min(fileBytesMax, messageBytesMax - this.#bytes);
    return byRatio < bySize ? { bytesMax: byRatio, reason: 'ratio' } : { bytesMax: bySize, reason: 'too-large' };
  }
}
