import type { IniContent } from './ini.ts';
import { nearestName } from './nearest-name.ts';
import { type GivenText, shownText } from './origin.ts';
import { definitionOf, keys, namedSection, namedSections, tables, variableOf } from './tables.ts';
import { sectionNamePattern } from './values/section-name.ts';

/** The texts that were given for keys, and what cannot belong to any key. */
export interface GivenTexts {
  texts: readonly GivenText[];
  problems: readonly string[];
}

/** What the file gives. Unknown sections and keys are problems: a mistyped name must not look as if it worked. */
export function givenByFile(ini: IniContent, file: string): GivenTexts {
  const problems = ini.faults.map(({ line, message }) => `${file}:${line}: ${shownText(message)}`);
  for (const [name, line] of ini.sections) {
    if (keyNamesOf(name) !== undefined) {
      const named = namedSection(name);
      if (named !== undefined && !sectionNamePattern.test(named.name))
        problems.push(`${file}:${line}: [${shownText(name)}] ${badName}`);
      continue;
    }
    problems.push(
      `${file}:${line}: [${shownText(name)}] is no section${meant(nearestName(name, Object.keys(tables)), '[', ']')}`,
    );
  }
  const texts: GivenText[] = [];
  for (const { section, key, value, line } of ini.entries) {
    const names = keyNamesOf(section);
    if (names === undefined) continue;
    if (definitionOf(`${section}.${key}`) !== undefined) {
      texts.push({ section, key, text: value, origin: { from: 'file', file, line } });
      continue;
    }
    problems.push(`${file}:${line}: [${section}] ${shownText(key)} is no key${meant(nearestName(key, names))}`);
  }
  return { texts, problems };
}

const badName = 'must be named with 1 to 60 small letters, digits, - and _ after the dot';

/** Keys that a section may have; undefined for a section that there is not. */
function keyNamesOf(section: string): string[] | undefined {
  if (Object.hasOwn(tables, section)) return Object.keys(tables[section as keyof typeof tables].keys);
  const named = namedSection(section);
  return named && Object.keys(namedSections[named.kind].keys);
}

/** What Kubernetes gives to every container for a service named `sekisho-sps` or the like. */
const injected = /_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\d+_(TCP|UDP|SCTP)(_.*)?)?)$/;

/** Of our name, and for others: `npm run kafka` listens there. */
const foreign = new Set(['SEKISHO_KAFKA_LISTEN']);

/** What the environment gives. Only variables of our sections count: `SEKISHO_CONFIG` and others are no keys. */
export function givenByEnvironment(environment: Readonly<Record<string, string | undefined>>): GivenTexts {
  const byVariable = new Map(
    [...keys.values()].map(({ section, key }) => [variableOf({ section, key }), { section, key }]),
  );
  const prefixes = Object.keys(tables).map((section) => variableOf({ section, key: '' }));
  const texts: GivenText[] = [];
  const problems: string[] = [];
  for (const [variable, value] of Object.entries(environment)) {
    const key = byVariable.get(variable);
    if (value === undefined) continue;
    if (key !== undefined) texts.push({ ...key, text: value.trim(), origin: { from: 'environment', variable } });
    else if (prefixes.some((prefix) => variable.startsWith(prefix)) && !isOfOthers(variable)) {
      problems.push(`${shownText(variable)} is no setting${meant(nearestName(variable, byVariable.keys()))}`);
    }
  }
  return { texts, problems };
}

function isOfOthers(variable: string): boolean {
  return foreign.has(variable) || injected.test(variable);
}

function meant(name: string | undefined, before = '', after = ''): string {
  return name === undefined ? '' : `; did you mean ${before}${name}${after}?`;
}
