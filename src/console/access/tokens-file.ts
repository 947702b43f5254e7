import { randomBytes, randomUUID } from 'node:crypto';
import { chown, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder, replaceFile } from '../../adapters/files/durable-file.ts';
import { tryLockFile } from '../../adapters/journal/file-lock.ts';
import type { Role } from '../protocol/roles.ts';
import { digestOf, readTokens, type Token, TokensUnusable, tokenLine } from './tokens.ts';

const header = '# Tokens of the admin API: name, role, SHA-256 of the token, end. Written by sekisho console token.\n';

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
export async function addToken(file: string, { name, role, expiresMs }: NewToken): Promise<string> {
  const token = `sekisho_${randomBytes(32).toString('base64url')}`;
  await change(file, (known) => {
    if (known.some((each) => each.name === name))
      throw new TokensUnusable(`${file} has a token ${name}: remove it first, or take another name`);
    return [...known, { name, role, expiresMs, digest: digestOf(token) }];
  });
  return token;
}

/** Takes a token out of the file. @throws `TokensUnusable` when there is none of this name */
export async function removeToken(file: string, name: string): Promise<void> {
  await change(file, (known) => {
    const rest = known.filter((each) => each.name !== name);
    if (rest.length === known.length) throw new TokensUnusable(`${file} has no token ${name}`);
    return rest;
  });
}

/** One after the other: of two at once neither is lost. */
async function change(file: string, make: (known: readonly Token[]) => readonly Token[]): Promise<void> {
  await makeFolder(dirname(file));
  const lock = tryLockFile(`${file}.lock`);
  if (lock === undefined) throw new TokensUnusable(`${file} is being changed by somebody else: try again`);
  try {
    const content = make(readTokens(file)).map(tokenLine);
    const temporary = `${file}.${randomUUID()}.tmp`;
    await replaceFile(file, temporary, [Buffer.from([header, ...content].join(''))]);
    if (process.getuid?.() === 0) await giveToOwner(file);
  } finally {
    lock.release();
  }
}

/** What root writes must be for the user of the gateway to read: whoever owns the folder. */
async function giveToOwner(file: string): Promise<void> {
  const { uid, gid } = await stat(dirname(file));
  for (const path of [file, `${file}.lock`]) await chown(path, uid, gid);
}
