import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

/** Whom a client trusts. */
export interface Trust {
  /** For a new connection: the system's roots and the CA file as it is now. Throws when the file cannot be read. */
  context(): SecureContext;
}

/**
 * Trust in the roots of Node and the system and, with `caFile` (PEM), in that one too. The file is read again when it has changed,
 * and may appear later: an SPS makes its CA at its first start.
 */
export function createTrust(caFile: string | undefined): Trust {
  let context: SecureContext | undefined;
  let readAt = '';
  return {
    context() {
      const at = caFile === undefined ? '' : modifiedAt(caFile);
      if (!context || at !== readAt) {
        const roots = new Set([...getCACertificates('default'), ...getCACertificates('system')]);
        if (caFile !== undefined) roots.add(readCertificate(caFile));
        context = createSecureContext({ ca: [...roots], minVersion: 'TLSv1.2' });
        readAt = at;
      }
      return context;
    },
  };
}

function readCertificate(file: string): string {
  const pem = readFileSync(file, 'utf8');
  // OpenSSL skips what is no certificate without a word; this throws.
  new X509Certificate(pem);
  return pem;
}

function modifiedAt(file: string): string {
  const { mtimeMs, ino, size } = statSync(file);
  return `${ino} ${mtimeMs} ${size}`;
}
