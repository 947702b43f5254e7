import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';

/** DKIM by dkimpy, as other programs sign and verify; the key is no DNS's but its own. */
export interface Dkim {
  /** The message with a signature on top, over From, To, Subject, Content-Type and the whole body, relaxed. */
  sign(message: Buffer): Buffer;
  /** Whether the signature holds. */
  verifies(message: Buffer): boolean;
}

const program = `
import dkim, json, sys, base64
asked = json.load(sys.stdin)
message = base64.b64decode(asked['message'])
key = asked['key'].encode()
if asked['sign']:
    fields = [b'from', b'to', b'subject', b'content-type']
    out = dkim.sign(message, b'test', b'example.com', key, canonicalize=(b'relaxed', b'relaxed'), include_headers=fields) + message
    print(base64.b64encode(out).decode())
else:
    record = b'v=DKIM1; k=rsa; p=' + key
    print(dkim.verify(message, dnsfunc=lambda *name, **rest: record))
`;

export function hasDkim(): boolean {
  return spawnSync('python3', ['-c', 'import dkim']).status === 0;
}

/** With a new key. */
export function createDkim(): Dkim {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 1024,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'der' },
  });
  const ask = (sign: boolean, message: Buffer, key: string): string => {
    const input = JSON.stringify({ sign, message: message.toString('base64'), key });
    const { status, stdout, stderr } = spawnSync('python3', ['-c', program], {
      input,
      encoding: 'utf8',
      maxBuffer: 1e8,
    });
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  return {
    sign: (message) => Buffer.from(ask(true, message, privateKey), 'base64'),
    verifies: (message) => ask(false, message, publicKey.toString('base64')) === 'True',
  };
}
