const SIGNATURES = [
  '4d5a', // MZ
  '7f454c46', // ELF
  'cafebabe', // Java, Mach-O
  'cffaedfe', // Mach-O
  '504b0304', // zip
  '25504446', // PDF
  'd0cf11e0', // compound file
  '7b5c7274', // RTF
  '1f8b08', // gzip
  '52617221', // rar
  '377abcaf', // 7z
  '425a68', // bzip2
  'fd377a58', // xz
  '28b52ffd', // zstandard
  '4d534346', // cabinet
  '49545346', // chm
  'e4525c7b', // OneNote
  '789f3e22', // TNEF
  '4c00000001140200', // shortcut of Windows
  '465753', // Flash
  '435753',
  '5a5753',
  '2321', // #!
  'fffe',
  'efbbbf',
].map((magic) => Buffer.from(magic, 'hex'));
const TEXT_BYTES = 256;
const TEXT_SHARE = 0.95;

/** Binary content has a NUL byte this early; text with NUL bytes in it is read without them, too. */
const HEAD_BYTES = 1024;

/** Whether content is no text, nor a program as text. */
export function isBinary(bytes: Buffer): boolean {
  return bytes.subarray(0, HEAD_BYTES).includes(0);
}

/** Whether content begins as files begin that can do harm or hold others, or is text. Chance: one in some thousands. */
export function looksLikeFile(bytes: Buffer): boolean {
  return hasFileSignature(bytes) || looksLikeText(bytes);
}

export function hasFileSignature(bytes: Buffer): boolean {
  // The first byte alone settles nearly all: this is asked of every content.
  return SIGNATURES.some((magic) => magic[0] === bytes[0] && bytes.subarray(0, magic.length).equals(magic));
}

/** Printable ASCII and white space, also in UTF-16. */
export function looksLikeText(bytes: Buffer): boolean {
  const head = bytes.subarray(0, TEXT_BYTES);
  let printable = 0;
  let zeros = 0;
  for (const byte of head) {
    if ((byte >= 32 && byte < 127) || (byte >= 9 && byte <= 13)) printable += 1;
    else if (byte === 0) zeros += 1;
  }
  return head.length > 0 && printable + Math.min(zeros, printable) >= head.length * TEXT_SHARE;
}
