import type { DefaultOf, SettingInForce } from '../../events/settings-change.ts';
import { originText, shownText } from './origin.ts';
import type { Settings } from './settings.ts';
import { keys } from './tables.ts';

/** A user or password in an URL, as `snmp://community@host`. */
const urlSecret = /\/\/[^/@\s]*@/;

/**
 * What is set, as the audit trail may hold it: secrets are masked.
 * @param fingerprint tells one secret from another without saying it
 */
export function auditedSettings(settings: Settings, fingerprint: (secret: string) => string): SettingInForce[] {
  return settings.given().map(({ section, key, text, origin }) => {
    const setting = { section, key, from: originText(origin) };
    if (keys.get(`${section}.${key}`)?.secret) return { ...setting, value: '(secret)', fingerprint: fingerprint(text) };
    const value = shownText(text);
    return urlSecret.test(text) ? { ...setting, value, fingerprint: fingerprint(text) } : { ...setting, value };
  });
}

/** The default of a key as text; null where it is made from other values, or where this version knows no such key. */
export const defaultOf: DefaultOf = (section, key) => {
  const usual = keys.get(`${section}.${key}`)?.default;
  return typeof usual === 'string' ? usual : null;
};
