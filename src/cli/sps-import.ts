import type { Command } from 'commander';
import { printable } from '../events/printable.ts';
import { type ImportReport, importFile } from '../sps/data/import-file.ts';
import { importRules, type RulesReport } from '../sps/data/import-rules.ts';
import { importSample } from '../sps/data/import-sample.ts';
import { starterSet } from '../sps/data/starter-set.ts';
import { type Added, openStore, type Store } from '../sps/data/store.ts';
import { type LoadSpsAccess, type Output, withExitCode } from './sps-access.ts';

/** Options of `sps import`. */
interface ImportChoice {
  agent?: boolean;
  sample?: boolean;
  name?: string;
}

/** Bad lines that are shown one by one; the rest is counted. */
const badLinesShownMax = 100;

/** Adds `import` to `sps`. */
export function addImportCommand(command: Command, load: LoadSpsAccess, output: Output): void {
  command
    .command('import')
    .description(
      'Adds signatures, each file in one transaction. SHA-256 (.hsb, or .txt with one a line) goes into the smart scan pattern, ' +
        'the query filter and the conventional pattern; MD5 and SHA-1 (.hdb, .hsb) into the conventional pattern only. ' +
        'A running server notices within a second and publishes a new version, which takes it about 10 s for each ' +
        'million signatures.',
    )
    .argument(
      '<file...>',
      'files that end in .hsb, .hdb, .txt or .yar (YARA rules, into the local patterns); with --sample any',
    )
    .option('--agent', 'also into the agent pattern, so that gateways know them without a query')
    .option('--sample', 'the files are malware: known by their hashes, and found within larger files')
    .option('--name <malware>', 'with --sample: the name of the malware; else made of the name of the file')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho sps import signatures.hsb\n  $ sekisho sps import --agent urgent.txt\n' +
        '  $ sekisho sps import --agent --sample --name Win.Worm.Example worm.exe\n  $ sekisho sps import rules.yar\n\n' +
        'A .yar file takes the place of the one of the same name; one without rules takes them out. ' +
        'Bad lines are shown and left out; a file without one good line changes nothing (exit code 65).',
    )
    .action((files: string[], options: ImportChoice) =>
      withExitCode(async () => {
        const { server, audited } = await load();
        for (const file of files)
          await audited({ what: 'sps-import', target: file }, () => importOne(server.folder, file, options, output));
      }),
    );
}

async function importOne(folder: string, file: string, choice: ImportChoice, output: Output): Promise<void> {
  const { agent = false, sample, name } = choice;
  const store = openStore(folder, starterSet);
  try {
    const text = sample
      ? addedText('a sample', importSample(store, file, { agent, ...(name !== undefined && { name }) }), agent)
      : /\.yara?$/i.test(file)
        ? rulesText(await importRules(store, file, agent), agent)
        : importSignatures(store, file, agent, output);
    output.stdout.write(`${printable(file)}: ${text}\n`);
  } finally {
    store.close();
  }
}

function importSignatures(store: Store, file: string, agent: boolean, { stderr }: Output): string {
  let badLines = 0;
  try {
    const report = importFile(store, file, {
      agent,
      onBadLine: (line, reason) => {
        badLines++;
        if (badLines <= badLinesShownMax) stderr.write(`${printable(`${file}:${line}: ${reason}`)}\n`);
      },
      onProgress: (lines, read, total) => stderr.write(`${lines} lines, ${Math.floor((100 * read) / total)} %\n`),
    });
    return reportText(report, agent);
  } finally {
    if (badLines > badLinesShownMax) stderr.write(`and ${badLines - badLinesShownMax} more bad lines\n`);
  }
}

function rulesText({ rules, added }: RulesReport, agent: boolean): string {
  return addedText(rules === 0 ? 'no rules: those of this name are gone' : `${rules} YARA rules`, added, agent);
}

function addedText(what: string, { conventional, agent: toAgent }: Added, agent: boolean): string {
  const isNew = (count: number) => (count > 0 ? 'new' : 'there already');
  return `${what}; ${isNew(conventional)} in the conventional pattern${agent ? `, ${isNew(toAgent)} in the agent pattern` : ''}`;
}

function reportText({ read, added, badLines }: ImportReport, agent: boolean): string {
  const isLocal = read.sha1 + read.md5 > 0;
  const lines = [
    `read ${read.sha256} SHA-256, ${read.sha1} SHA-1, ${read.md5} MD5, ${badLines} bad lines`,
    `new in the smart scan pattern and the query filter: ${added.smart}`,
    `new in the conventional pattern: ${added.conventional}`,
    ...(agent ? [`new in the agent pattern: ${added.agent}`] : []),
    ...(isLocal ? ['MD5 and SHA-1 went into the local patterns only: servers are asked by SHA-256'] : []),
  ];
  return lines.join('\n  ');
}
