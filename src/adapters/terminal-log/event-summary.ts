import type { Envelope } from '../../events/envelope.ts';
import { printable } from '../../events/printable.ts';
import { isSecretName, withoutSecrets } from './secrets.ts';

/** Characters of one value and of a whole summary. */
const valueCharactersMax = 120;
const summaryCharactersMax = 400;

/** What is bookkeeping for replay and not worth a reader's time. */
const unsaid = new Set(['from', 'state', 'transition', 'trigger', 'input', 'epoch']);

/** An event in a few words: `cached-invalid failCount=11 threshold=10`, with the error that caused it. */
export function eventSummary({ type, data }: Envelope): string {
  const facts = scalars(data, 1).map(([name, value]) => `${name}=${value}`);
  const cause = errorMessage(data.trigger);
  const summary = [shortType(type), ...facts, ...(cause === undefined ? [] : [`(${cause})`])].join(' ');
  return shown(summary, summaryCharactersMax);
}

/** `cached-invalid` of `sekisho.server.cached-invalid.v1`. */
function shortType(type: string): string {
  return type.replace(/^sekisho\.[^.]+\./, '').replace(/\.v\d+$/, '');
}

/** The numbers, words and truths of an object, and of the objects within it `depth` levels down. */
function scalars(object: object, depth: number): [name: string, value: string][] {
  return Object.entries(object).flatMap(([name, value]): [string, string][] => {
    if (unsaid.has(name)) return [];
    if (isSecretName(name)) return [[name, '***']];
    if (typeof value === 'string')
      return [[name, shown(/[\s"]/.test(value) ? JSON.stringify(value) : value, valueCharactersMax)]];
    if (typeof value === 'number' || typeof value === 'boolean') return [[name, String(value)]];
    const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isRecord && depth > 0 ? scalars(value, depth - 1) : [];
  });
}

function errorMessage(trigger: unknown): string | undefined {
  const { message } = (trigger as { error?: { message?: unknown } } | undefined)?.error ?? {};
  return typeof message === 'string' ? shown(message, valueCharactersMax) : undefined;
}

function shown(text: string, charactersMax: number): string {
  return text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text;
}

/** A text fit for one line of the log: without secrets, control characters escaped. */
export function lineText(text: string): string {
  return printable(withoutSecrets(text));
}
