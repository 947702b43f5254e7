/** Addresses of the envelope, as rules look at them. Pure. */

/** The domain, as it is compared: lower case, in ASCII (RFC 5891), without a last dot; '' where there is none. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf('@');
  if (at < 0) return '';
  const domain = address
    .slice(at + 1)
    .toLowerCase()
    .replace(/\.$/, '');
  return /[^\x21-\x7e]/.test(domain) ? toAscii(domain) : domain;
}

function toAscii(domain: string): string {
  return URL.canParse(`http://${domain}`) ? new URL(`http://${domain}`).hostname : domain;
}

/** Whether the address is in one of the domains, lower case; `.example.org` stands for all domains below it. */
export function isInDomain(address: string, domains: readonly string[]): boolean {
  const domain = domainOf(address);
  if (domain === '') return false;
  return domains.some((each) => (each.startsWith('.') ? domain.endsWith(each) : domain === each));
}

/**
 * Whether an address is one of those that a pattern of a rule means: `name@example.org`, where `*` stands for anything; a domain;
 * `.example.org` for all domains below it; `<>` for the null sender.
 */
export function isAddressed(address: string, pattern: string): boolean {
  if (pattern === '<>') return address === '';
  if (!pattern.includes('@')) return isInDomain(address, [pattern]);
  const local = address.slice(0, Math.max(0, address.lastIndexOf('@'))).toLowerCase();
  return address !== '' && matchesWildcards(`${local}@${domainOf(address)}`, pattern);
}

/** Whether `*` (any text) and `?` (any one character) in the pattern can stand for what the text has there. Linear for each `*`. */
export function matchesWildcards(text: string, pattern: string): boolean {
  let [at, next] = [0, 0];
  let retry: { at: number; next: number } | undefined;
  while (at < text.length) {
    const wanted = pattern[next];
    if (wanted === '*') {
      retry = { at, next };
      next += 1;
    } else if (wanted === '?' || (wanted !== undefined && wanted === text[at])) {
      at += 1;
      next += 1;
    } else if (retry !== undefined) {
      retry.at += 1;
      at = retry.at;
      next = retry.next + 1;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(next));
}
