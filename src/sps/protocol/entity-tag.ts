/**
 * Whether an `If-None-Match` field names the version (RFC 9110 13.1.2, weak comparison): then the answer is 304.
 */
export function matchesVersion(ifNoneMatch: string | undefined, version: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((tag) => versionOf(tag.trim()) === version);
}

/** The version in an entity tag (RFC 9110 8.8.3); undefined when it is none. */
export function versionOf(tag: string): string | undefined {
  return /^(?:W\/)?"([\x21\x23-\x7e]+)"$/.exec(tag)?.[1];
}

/** The entity tag of a version. */
export function entityTag(version: string): string {
  return `"${version}"`;
}
