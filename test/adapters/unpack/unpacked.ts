import { createHash } from 'node:crypto';
import type { UnpackLimits } from '../../../src/actors/ports/scanning.ts';
import type { FoundFile, Unpacked } from '../../../src/adapters/unpack/found.ts';
import { unpack as unpackInto } from '../../../src/adapters/unpack/unpacker.ts';

/** Limits as the product ships them; partsMax and filesMax as ClamAV has them. */
export const limits: UnpackLimits = {
  partsMax: 10_000,
  depthMax: 17,
  filesMax: 10_000,
  fileBytesMax: 100 * 1024 * 1024,
  messageBytesMax: 400 * 1024 * 1024,
  ratioMax: 200,
};

/** Everything that was found, with the contents. */
export interface UnpackedFiles extends Unpacked {
  files: readonly FoundFile[];
}

export async function unpack(
  message: Buffer,
  changed: Partial<UnpackLimits> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<UnpackedFiles> {
  const files: FoundFile[] = [];
  const unpacked = await unpackInto(message, { ...limits, ...changed }, signal, (file) => void files.push(file));
  return { ...unpacked, files };
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The files of which one reading is exactly this content. */
export function filesWith(unpacked: UnpackedFiles, content: Buffer): FoundFile[] {
  return unpacked.files.filter((file) => file.readings.some((reading) => content.equals(reading)));
}

export function reasons(unpacked: Unpacked): string[] {
  return [...new Set(unpacked.unscannable.map((trouble) => trouble.reason))].sort();
}
