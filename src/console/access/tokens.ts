import { timingSafeEqual } from 'node:crypto';
import { statSync } from 'node:fs';
import { digestOf, type SecretLine, secretLines } from '../../http/hashed-secrets.ts';
import { rereadFile } from '../../http/reread-file.ts';
import { type Role, roles } from '../protocol/roles.ts';

/** A machine that shows a token. */
export interface TokenHolder {
  name: string;
  role: Role;
  /** From when on it is refused, ms since 1970. */
  expiresMs: number;
}

/** As the file has it. */
export interface Token extends TokenHolder {
  digest: Buffer;
}

/** The tokens of the file, as they are now. */
export interface Tokens {
  /** Whose it is; undefined when it is nobody's, or has expired. */
  holderOf(token: string): TokenHolder | undefined;
}

/** The file of tokens cannot be used; the message names file and line, never what stands there. */
export class TokensUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TokensUnusable';
  }
}

/** What the name of a token may be: it stands in the audit log. */
export const tokenNameForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** `sekisho_` (so that scanners for secrets find it) and 256 bits of chance. */
const tokenForm = /^sekisho_[A-Za-z0-9_-]{43}$/;

/**
 * The tokens of a file, read again when it has changed: one that is removed is refused with the next request. No file is no tokens.
 * When it cannot be used later, the tokens stay as they were and `onProblem` is told.
 * @throws `TokensUnusable` when it cannot be used now
 */
export function openTokens(file: string, onProblem: (problem: string) => void, nowMs = Date.now): Tokens {
  const current = rereadFile({
    ...{ file, read: readTokens, checkMs: 0, nowMs },
    onProblem: (problem) => onProblem(`${problem}; the tokens stay as they were`),
  });
  return {
    holderOf(token) {
      if (!tokenForm.test(token)) return undefined;
      const digest = digestOf(token);
      // Each is compared, in constant time: how long it takes says nothing of what stands in the file.
      const found = current().filter((each) => timingSafeEqual(each.digest, digest));
      return found.find(({ expiresMs }) => nowMs() < expiresMs);
    },
  };
}

/** `NAME ROLE SHA256 EXPIRES` a line; `#` begins a comment. @throws `TokensUnusable` */
export function readTokens(file: string): readonly Token[] {
  const state = statSync(file, { throwIfNoEntry: false });
  if (state === undefined) return [];
  if ((state.mode & 0o022) !== 0)
    throw new TokensUnusable(`${file} must not be writable by group and others: whoever writes it is let in`);
  const tokens: Token[] = [];
  for (const { text, where } of linesOf(file)) {
    const token = tokenOf(text);
    if (token === undefined) throw new TokensUnusable(`${where}: must be \`NAME ROLE SHA256 EXPIRES\``);
    if (tokens.some(({ name }) => name === token.name)) throw new TokensUnusable(`${where}: names a token twice`);
    tokens.push(token);
  }
  return tokens;
}

/** Such a line. */
export function tokenLine({ name, role, digest, expiresMs }: Token): string {
  return `${name} ${role} ${digest.toString('hex')} ${new Date(expiresMs).toISOString()}\n`;
}

function tokenOf(line: string): Token | undefined {
  const [name = '', given, hex = '', expires = '', ...more] = line.split(/\s+/);
  const role = roles.find((each) => each === given);
  const expiresMs = Date.parse(expires);
  const isRight = tokenNameForm.test(name) && /^[0-9a-f]{64}$/.test(hex) && more.length === 0;
  if (!isRight || role === undefined || Number.isNaN(expiresMs)) return undefined;
  return { name, role, digest: Buffer.from(hex, 'hex'), expiresMs };
}

function linesOf(file: string): SecretLine[] {
  try {
    return secretLines(file);
  } catch (error) {
    throw new TokensUnusable(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
