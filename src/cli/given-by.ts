import { person } from './person.ts';

/**
 * CloudEvents source of whoever runs this program: the host and the user's name, `/sekisho/cli/mx1/root`; where somebody became
 * that user by sudo, both: `/sekisho/cli/mx1/alice/sudo/root`.
 */
export function givenBy(): string {
  const { host, user, sudoUser } = person();
  const names = sudoUser === null ? [user] : [sudoUser, 'sudo', user];
  return `/sekisho/cli/${host}/${names.map(encodeURIComponent).join('/')}`;
}
