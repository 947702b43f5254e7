import { InvalidValue, type ValueType, valueType } from './value-type.ts';

/** An http or https address without user, query or fragment; given back without a slash at its end. */
export function webUrl(protocol: 'http' | 'https'): ValueType<string> {
  const must = `${protocol}://host:port`;
  return valueType(must, (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== `${protocol}:` || url.hostname === '' || url.port === '0') return undefined;
    if (url.username !== '' || url.password !== '') throw new InvalidValue('must not hold a user name or password');
    if (url.search !== '' || url.hash !== '') return undefined;
    return url.href.replace(/\/+$/, '');
  });
}
