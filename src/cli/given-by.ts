import { hostname, userInfo } from 'node:os';

/** CloudEvents source of whoever runs this program: the host and the user's name, `/sekisho/cli/mx1/root`. */
export function givenBy(): string {
  return `/sekisho/cli/${hostname()}/${encodeURIComponent(userName())}`;
}

/** A user without a name has a number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}
