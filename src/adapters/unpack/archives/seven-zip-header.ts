const START_HEADER_BYTES = 32;
const ENCODED_HEADER = 0x17;
/** The coder of AES-256 with SHA-256, with the size of its id before it (7zFormat.txt, Methods.txt of 7-Zip). */
const AES = Buffer.from('06f10701', 'hex');
/** It describes one stream. */
const HEADER_BYTES_MAX = 4096;

/**
 * Whether the header of a 7z archive, which has the names of the files, is encrypted: without the password it looks damaged to 7-Zip
 * and not encrypted.
 */
export function hasEncryptedNames(archive: Buffer): boolean {
  if (archive.length < START_HEADER_BYTES) return false;
  const start = START_HEADER_BYTES + Number(archive.readBigUInt64LE(12));
  if (start >= archive.length || archive[start] !== ENCODED_HEADER) return false;
  return archive.subarray(start, start + HEADER_BYTES_MAX).includes(AES);
}
