import type { Command } from 'commander';
import { printable } from '../events/printable.ts';
import { followedStatus } from '../sps/distribution/followed-status.ts';
import { type DistributionStatus, distributionStatus } from '../sps/distribution/status.ts';
import { shownJson } from './shown-json.ts';
import { type LoadSpsAccess, type Output, withExitCode } from './sps-access.ts';
import { table } from './text-table.ts';

/** Adds `status` to `sps`. */
export function addStatusCommand(command: Command, load: LoadSpsAccess, { stdout }: Output): void {
  command
    .command('status')
    .description(
      'What the server publishes: versions, ages, sizes, entries by source, the keys that sign it, the last change, and problems. Looks into its folder: ' +
        'it need not run.',
    )
    .option('--json', 'as JSON')
    .addHelpText('after', "\nExamples:\n  $ sekisho sps status\n  $ sekisho sps status --json | jq -r '.problems[]'")
    .action(({ json = false }: { json?: boolean }) =>
      withExitCode(async () => {
        const { server } = await load();
        const { folder, follow } = server;
        const status = follow === undefined ? distributionStatus(folder) : followedStatus(folder, follow.url);
        stdout.write(json ? `${shownJson(status, 2)}\n` : text(status, Date.now()));
      }),
    );
}

function text(status: DistributionStatus, nowMs: number): string {
  const { follows, patternId, components, sources, signingKeys, lastChange, isPublished, problems } = status;
  const versions = table(
    ['component', 'version', 'age', 'entries', 'bytes', 'deltas', 'their bytes'],
    components.map(({ component, version, builtAt, entries, bytes, deltas, deltaBytes }) => [
      ...[
        component,
        version,
        age(nowMs - Date.parse(builtAt)),
        entries === null ? '' : String(entries),
        ...[bytes, deltas, deltaBytes].map(String),
      ],
    ]),
  );
  const bySource = table(
    ['source', 'in the smart scan pattern'],
    sources.map(({ name, entries }) => [printable(name), String(entries)]),
  );
  const published = isPublished ? 'published' : 'not published yet';
  const lines = [
    ...(patternId === null ? [] : [`pattern ${patternId}`]),
    ...(follows ? [`follows ${printable(follows.url)}; looked at: ${follows.at ?? 'not yet'}`] : []),
    ...(lastChange ? [`last change: ${lastChange.time}, ${printable(lastChange.what)}; ${published}`] : []),
    `signed by: ${printable(signingKeys.join(', ')) || 'no key yet'}`,
    ...(problems.length === 0 ? ['no problems'] : problems.map((problem) => `problem: ${printable(problem)}`)),
  ];
  const tables = [...(components.length > 0 ? [versions] : []), ...(sources.length > 0 ? [bySource] : [])];
  return [...tables, `${lines.join('\n')}\n`].join('\n');
}

/** `5 s`, `12 min`, `3 h`, `40 d`. */
function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
