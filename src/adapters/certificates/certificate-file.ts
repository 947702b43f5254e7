import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A PEM file with certificates. */
export interface CertificateFile {
  path: string;
  /**
   * `own`: what we show others; its first certificate counts. `trusted`: authorities; the file is of use as long as one of
   * them is, so the last to end counts.
   */
  role: 'own' | 'trusted';
}

/** When it ends, ms since 1970; undefined while there is no such file. Throws when it cannot be read or holds no certificate. */
export function certificateFileEndMs({ path, role }: CertificateFile): number | undefined {
  const pem = readIfThere(path);
  if (pem === undefined) return undefined;
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const ends = blocks.map((block) => new X509Certificate(block).validToDate.getTime());
  const [first] = ends;
  if (first === undefined) throw new Error(`${path} holds no certificate`);
  return role === 'own' ? first : Math.max(...ends);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
