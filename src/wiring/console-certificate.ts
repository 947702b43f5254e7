import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Certificate } from '../console/http/server.ts';

/** How often the files are looked at. */
const lookMs = 30_000;

export interface KeptCertificateOptions {
  certificateFile: string | undefined;
  keyFile: string | undefined;
  onProblem: (problem: string) => void;
  /** For tests. */
  lookMs?: number;
}

/** A certificate that is replaced on disk before its end. */
export interface KeptCertificate {
  /** Undefined when there is none. */
  current: Certificate | undefined;
  /** Told of each that comes; of two files the second may come later, so only a pair that fits counts. */
  onRenewal(listener: (renewed: Certificate) => void): void;
  stop(): void;
}

/** Reads it now, and again when it changes. @throws when it cannot be used now */
export function keepCertificate(options: KeptCertificateOptions): KeptCertificate {
  const { certificateFile, keyFile, onProblem } = options;
  if (certificateFile === undefined || keyFile === undefined)
    return { current: undefined, onRenewal: () => undefined, stop: () => undefined };
  const state = () => [certificateFile, keyFile].map(modified).join(' ');
  let seen = state();
  let listener: (renewed: Certificate) => void = () => undefined;
  const current = read(certificateFile, keyFile);
  const timer = setInterval(() => {
    const now = state();
    if (now === seen) return;
    seen = now;
    try {
      listener(read(certificateFile, keyFile));
    } catch (error) {
      onProblem(`admin API: ${(error as Error).message}; the certificate before stays`);
    }
  }, options.lookMs ?? lookMs).unref();
  return {
    current,
    onRenewal(told) {
      listener = told;
    },
    stop: () => clearInterval(timer),
  };
}

function read(certificateFile: string, keyFile: string): Certificate {
  try {
    const pair = { key: readFileSync(keyFile, 'utf8'), certificate: readFileSync(certificateFile, 'utf8') };
    // Throws when they are no pair.
    createSecureContext({ key: pair.key, cert: pair.certificate });
    return pair;
  } catch (error) {
    throw new Error(`[console] ${certificateFile} and ${keyFile} cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function modified(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? '' : `${found.ino} ${found.mtimeMs} ${found.size}`;
}
