import { InvalidValue, type ValueType, valueType } from './value-type.ts';

/** An http or https address of a host and a port, given back without a slash at its end. */
export function webUrl(protocol: 'http' | 'https'): ValueType<string> {
  const must = `${protocol}://host:port`;
  return valueType(must, (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== `${protocol}:` || url.hostname === '' || url.port === '0') return undefined;
    if (url.username !== '' || url.password !== '') throw new InvalidValue('must not hold a user name or password');
    return url.pathname === '/' && url.search === '' && url.hash === '' ? url.href.slice(0, -1) : undefined;
  });
}

/** An http or https address of a folder, or of the whole server, given back without a slash at its end. */
export const folderUrl: ValueType<string> = valueType('https://host:port/folder or http://…', (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.port === '0') return undefined;
  if (url.username !== '' || url.password !== '') throw new InvalidValue('must not hold a user name or password');
  return url.hostname !== '' && url.search === '' && url.hash === '' ? url.href.replace(/\/+$/, '') : undefined;
});
