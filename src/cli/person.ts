import { hostname, userInfo } from 'node:os';
import type { Person } from '../events/audit.ts';

/** Who runs this program, as the operating system knows them. */
export function person(): Person {
  return {
    user: userName(),
    uid: process.getuid?.() ?? 0,
    sudoUser: process.env.SUDO_USER || null,
    host: hostname(),
  };
}

/** A user without a name has a number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}
