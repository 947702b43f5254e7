/** Unmarked blocks of this size are listed whatever they hold: keys and digests are shorter, files are longer. */
export const ANYTHING_BYTES_MIN = 512;
/** Unmarked blocks that are neither a known kind of file nor text: dumps and logs are full of them. */
export const ANYTHING_MAX = 1000;
