import { randomBytes, randomUUID } from 'node:crypto';
import { dirname, relative } from 'node:path';
import { makeFolder, replaceFile } from '../../adapters/files/durable-file.ts';
import { giveToOwner } from '../../adapters/files/give-to-owner.ts';
import { tryLockFile } from '../../adapters/journal/file-lock.ts';
import { digestOf } from '../../http/hashed-secrets.ts';
import type { Role } from '../protocol/roles.ts';
import { readTokens, type Token, TokensUnusable, tokenLine } from './tokens.ts';

const header = '# Tokens of the admin API: name, role, SHA-256 of the token, end. Written by sekisho console token.\n';

/** Where the tokens are. */
export interface TokensPlace {
  file: string;
  /** The gateway's: who owns it is who must be able to read the tokens. */
  stateFolder: string;
}

export interface NewToken {
  name: string;
  role: Role;
  /** From when on it is refused, ms since 1970. */
  expiresMs: number;
}

/**
 * Makes a token, and adds its hash to the file, which is made (mode 0600) when it is missing. @returns the token, which is nowhere else
 * @throws `TokensUnusable` when the file cannot be used or has one of this name
 */
export async function addToken(place: TokensPlace, { name, role, expiresMs }: NewToken): Promise<string> {
  const token = `sekisho_${randomBytes(32).toString('base64url')}`;
  await change(place, (known) => {
    if (known.some((each) => each.name === name))
      throw new TokensUnusable(`${place.file} has a token ${name}: remove it first, or take another name`);
    return [...known, { name, role, expiresMs, digest: digestOf(token) }];
  });
  return token;
}

/** Takes a token out of the file. @throws `TokensUnusable` when there is none of this name */
export async function removeToken(place: TokensPlace, name: string): Promise<void> {
  await change(place, (known) => {
    const rest = known.filter((each) => each.name !== name);
    if (rest.length === known.length) throw new TokensUnusable(`${place.file} has no token ${name}`);
    return rest;
  });
}

/** One after the other: of two at once neither is lost. */
async function change(
  { file, stateFolder }: TokensPlace,
  make: (known: readonly Token[]) => readonly Token[],
): Promise<void> {
  await makeFolder(stateFolder);
  await makeFolder(dirname(file));
  const lock = tryLockFile(`${file}.lock`);
  if (lock === undefined) throw new TokensUnusable(`${file} is being changed by somebody else: try again`);
  try {
    const content = make(readTokens(file)).map(tokenLine);
    const temporary = `${file}.${randomUUID()}.tmp`;
    await replaceFile(file, temporary, [Buffer.from([header, ...content].join(''))]);
    // A folder of the gateway's own that was made for it, too.
    const isWithin = !relative(stateFolder, dirname(file)).startsWith('..');
    await giveToOwner(stateFolder, [file, `${file}.lock`, ...(isWithin ? [dirname(file)] : [])]);
  } finally {
    lock.release();
  }
}
