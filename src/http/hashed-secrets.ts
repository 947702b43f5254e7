import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * What stands in a file for a secret of 256 bits of chance. One round of SHA-256 is enough: nobody tries 2^256 of them. A slow hash
 * protects passwords, which people choose; here it would only let strangers keep the server busy.
 */
export function digestOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/** A line that says something. */
export interface SecretLine {
  text: string;
  /** `FILE:LINE`, for errors. */
  where: string;
}

/** Lines of a file of hashed secrets, without comments (`#`) and blanks. @throws what the file system throws */
export function secretLines(file: string): SecretLine[] {
  return readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .map((line, index) => ({ text: line.replace(/#.*/, '').trim(), where: `${file}:${index + 1}` }))
    .filter(({ text }) => text !== '');
}
