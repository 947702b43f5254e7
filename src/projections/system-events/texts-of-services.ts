import type { Envelope } from '../../events/envelope.ts';
import type { Said } from '../log-entries/entry.ts';
import { value } from './rule.ts';

const products: Readonly<Record<string, string>> = {
  mhr: 'Team Cymru MHR',
  hbl: 'Spamhaus HBL',
  virustotal: 'VirusTotal',
  circl: 'CIRCL hashlookup',
};

/** A reputation service as texts name it, e.g. `Team Cymru MHR (cymru)`. @param name that of its section; @param kind `mhr` and so on */
export function serviceText(name: string, kind: string): string {
  return `${products[kind] ?? kind} (${name})`;
}

/** A reputation service was cached as invalid: an error when mail needs its answer. */
export function serviceUnavailable(event: Envelope, seconds: number): Said {
  const who = serviceText(value(event, 'server'), value(event, 'service'));
  if (event.data.required === false)
    return {
      level: 'warning',
      ja: `レピュテーションサービス ${who} が${seconds}秒間利用できません。メールはこのサービスなしで検索されます。`,
      en: `The reputation service ${who} is not available for ${seconds} seconds. Mail is scanned without it.`,
    };
  return {
    level: 'error',
    ja: `レピュテーションサービス ${who} が${seconds}秒間利用できません。`,
    en: `The reputation service ${who} is not available for ${seconds} seconds.`,
  };
}
