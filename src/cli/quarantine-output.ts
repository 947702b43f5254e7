import type { MailCommand } from '../actors/ports/mail.ts';
import type { StoredEntry } from '../adapters/quarantine/quarantine-entry.ts';
import { printable } from '../events/printable.ts';
import { table } from './text-table.ts';

/** Longest cell of the table, characters; the last column is not cut. */
const cellCharactersMax = 40;

function path(command: MailCommand): string {
  return `<${printable(command.path)}>`;
}

function cell(text: string): string {
  const characters = [...text];
  return characters.length <= cellCharactersMax ? text : `${characters.slice(0, cellCharactersMax - 1).join('')}…`;
}

/** A line for each entry, with headings. */
export function listAsTable(entries: readonly StoredEntry[]): string {
  if (entries.length === 0) return 'No messages in quarantine.\n';
  const headings = ['ID', 'TIME', 'FROM', 'TO', 'SIZE', 'RELEASED', 'REASON', 'SUBJECT'];
  const rows = entries.map((entry) => {
    const [to, ...more] = entry.recipients.map(path);
    return [
      printable(entry.id),
      printable(entry.time),
      cell(path(entry.mailFrom)),
      cell(`${to ?? ''}${more.length > 0 ? ` +${more.length}` : ''}`),
      String(entry.size),
      entry.releasedAt ? 'yes' : 'no',
      cell(printable(entry.reason)),
      printable(entry.subject ?? ''),
    ];
  });
  return table(headings, rows);
}

function parameters({ parameters }: MailCommand): string {
  return parameters.map(({ keyword, value }) => ` ${keyword}${value === undefined ? '' : `=${value}`}`).join('');
}

/** Everything that is known of an entry, one thing on each line. */
export function entryAsText(entry: StoredEntry): string {
  const lines = [
    ['id', entry.id],
    ['time', entry.time],
    ['reason', entry.reason],
    ...entry.files.map((name) => ['file', name]),
    ['subject', entry.subject ?? ''],
    ['from', `<${entry.mailFrom.path}>${parameters(entry.mailFrom)}`],
    ...entry.recipients.map((recipient) => ['to', `<${recipient.path}>${parameters(recipient)}`]),
    ['client', `${entry.client.address} (${entry.client.helo})`],
    ['size', `${entry.size} bytes`],
    ['released', entry.releasedAt ?? 'no'],
    ...(entry.releasedTo ?? []).map((path) => ['has it', `<${path}>`]),
  ];
  return lines.map(([name = '', value = '']) => `${`${name}:`.padEnd(10)}${printable(value)}\n`).join('');
}
