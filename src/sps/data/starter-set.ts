import { createHash } from 'node:crypto';
import { eicarTestFile } from '../../adapters/components/eicar.ts';
import type { NewSignature } from './new-signature.ts';

const eicarName = 'Eicar-Test-Signature';
/** SHA-256 of the harmless test file that ClamAV comes with. */
const clamTestFile = '71e7b604d18aefd839e51a39c88df8383bb4c071dc31f87f00a2b5df580d4495';

/**
 * What a new store holds, so that anyone can try every way: EICAR is known locally (and to the server, for the
 * canary query of D16); ClamAV's test file is known to the server and the conventional pattern, so it takes the query.
 */
export function starterSet(): readonly NewSignature[] {
  const content = eicarTestFile();
  const digest = (algorithm: string) => createHash(algorithm).update(content).digest();
  return [
    { hash: digest('sha256'), size: content.length, name: eicarName, agent: true },
    { hash: digest('md5'), size: content.length, name: eicarName, agent: true },
    { hash: Buffer.from(clamTestFile, 'hex'), name: 'Clamav.Test.File-6', agent: false },
  ];
}
