import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

/** Whom a client trusts, and what it shows. */
export interface Trust {
  /** For a new connection: the system's roots and the files as they are now. Throws when one cannot be read. */
  context(): SecureContext;
}

/** The certificate of a client, PEM files. */
export interface ClientCertificate {
  /** With those between it and its authority, if there are any. */
  file: string;
  keyFile: string;
}

/**
 * Trust in the roots of Node and the system and, with `caFile` (PEM), in that one too. The files are read again when they have changed,
 * and may appear later: an SPS makes its CA at its first start.
 */
export function createTrust(caFile: string | undefined, own?: ClientCertificate): Trust {
  const files = [caFile, own?.file, own?.keyFile].filter((file) => file !== undefined);
  let context: SecureContext | undefined;
  let readAt = '';
  return {
    context() {
      const at = files.map(modifiedAt).join(', ');
      if (!context || at !== readAt) {
        const roots = new Set([...getCACertificates('default'), ...getCACertificates('system')]);
        if (caFile !== undefined) roots.add(readCertificate(caFile));
        const shown = own === undefined ? {} : { cert: readCertificate(own.file), key: readFileSync(own.keyFile) };
        context = createSecureContext({ ...shown, ca: [...roots], minVersion: 'TLSv1.2' });
        readAt = at;
      }
      return context;
    },
  };
}

function readCertificate(file: string): string {
  // Files without an end of line at their end, put together by `cat`, are one line too short for OpenSSL.
  const pem = readFileSync(file, 'utf8').replace(/(-----END [A-Z ]+-----)(?=-----BEGIN)/g, '$1\n');
  // OpenSSL skips what is no certificate without a word; this throws.
  new X509Certificate(pem);
  return pem;
}

function modifiedAt(file: string): string {
  const { mtimeMs, ino, size } = statSync(file);
  return `${ino} ${mtimeMs} ${size}`;
}
