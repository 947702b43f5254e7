import type { HashServiceKind } from '../../actors/ports/hash-service.ts';
import type { CrossCheck } from './cross-checks.ts';
import type { IniContent } from './ini.ts';
import type { SectionValues } from './section.ts';
import type { reputationService } from './sections/service.ts';
import { nameOf } from './tables.ts';
import type { ValueReader } from './value-reader.ts';

/** One `[service.NAME]` that `[smart_scan] services` names. */
export interface GivenService extends Omit<SectionValues<typeof reputationService>, 'kind'> {
  name: string;
  kind: HashServiceKind;
}

/** Services as they stand in the file. */
export interface ReadServices {
  services: readonly GivenService[];
  problems: readonly string[];
  warnings: readonly string[];
  checks: readonly CrossCheck[];
}

/** Names in events that are not those of services. */
const taken = new Set(['cache', 'smart-protection']);

/** Reads every `[service.NAME]`. @param wanted `[smart_scan] services`: those that are used, in this order */
export function readServices(
  { sections }: IniContent,
  file: string,
  reader: ValueReader,
  wanted: readonly string[],
): ReadServices {
  const places = [...sections].flatMap(([section, line]) => {
    const name = nameOf('service', section);
    return name === undefined ? [] : [{ section, name, at: `${file}:${line}: [${section}]` }];
  });
  const read = places.map(({ name }) => ({ name, ...reader.named('service', name) }));
  const whole = read.flatMap(({ kind, ...rest }) => (kind === undefined ? [] : [{ ...rest, kind }]));
  return {
    services: wanted.flatMap((name) => whole.find((service) => service.name === name) ?? []),
    problems: [
      ...places.flatMap(({ name, at }) => (taken.has(name) ? [`${at} has a name that stands for something else`] : [])),
      ...places.flatMap(({ at }, index) => (read[index]?.kind === undefined ? [`${at} has no kind`] : [])),
    ],
    warnings: [
      ...places.flatMap(({ name, at }) =>
        wanted.includes(name) ? [] : [`${at} is not used: [smart_scan] services does not name it`],
      ),
      ...whole.flatMap((service) => hardlyMeant(service, places.find(({ name }) => name === service.name)?.at ?? '')),
    ],
    checks: [...whole.map(hasKey), ...wanted.map((name) => exists(name, places))],
  };
}

/** What a service of this kind must be given. */
function hasKey({ name, kind, key_file }: GivenService): CrossCheck {
  return {
    keys: [`service.${name}.kind`, `service.${name}.key_file`],
    holds: () => key_file !== undefined || (kind !== 'hbl' && kind !== 'virustotal'),
    wrong: 'this service needs a key_file',
  };
}

function exists(wanted: string, places: readonly { name: string }[]): CrossCheck {
  return {
    keys: ['smart_scan.services'],
    holds: () => places.some(({ name }) => name === wanted),
    wrong: `there is no section [service.${wanted}]`,
  };
}

/** Mail over a quota gets 451 while the service is left alone. */
function hardlyMeant(service: GivenService, at: string): string[] {
  const { kind, role, requests_per_minute_max: ofMinute, requests_per_day_max: ofDay } = service;
  const isLimited =
    (ofMinute ?? (kind === 'virustotal' ? 4 : 0)) > 0 || (ofDay ?? (kind === 'virustotal' ? 500 : 0)) > 0;
  if (role !== 'required' || !isLimited) return [];
  return [`${at} is required and has a quota: mail that would need more requests gets 451`];
}
