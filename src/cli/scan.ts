import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { printable } from '../events/printable.ts';
import { type LocalScanner, openLocalScanner } from '../wiring/local-scan.ts';
import type { CommandContext } from './commands.ts';
import { contentOf } from './content-argument.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { type Language, ownLanguage } from './language.ts';
import { scanTree } from './scan-tree.ts';
import { scanWord } from './scan-words.ts';
import { componentVersions, type ScanReport, scanReport } from './scanned.ts';
import { shownJson } from './shown-json.ts';

interface Options {
  json?: true;
  query?: true;
  lang: Language;
}

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'Scans mails and any other files as the gateway would, with its patterns, filter and limits, and shows everything found in ' +
        'them: each file, what it is, every content that programs may read of it, and what could not be read. Needs no running ' +
        'gateway; nothing leaves the machine without --query. Exit codes are those of clamscan: 0 clean, 1 malware, 2 something could ' +
        'not be read or decided; 64 and above for wrong arguments and settings.',
    )
    .argument('<files...>', 'files; - reads standard input')
    .option('--query', 'ask the reputation servers about what the query filter holds')
    .option('--json', 'one JSON object for each file, one a line')
    .addOption(new Option('--lang <language>', 'language of the texts').choices(['ja', 'en']).default(ownLanguage()))
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho scan mail.eml setup.exe\n  $ sekisho scan --query --json - < mail.eml',
    )
    .action((files: readonly string[], options: Options) => scan(context, files, options));
}

/** What is counted over all files. */
interface Counts {
  malware: number;
  /** Neither malware nor clean. */
  unsure: number;
}

async function scan(context: CommandContext, files: readonly string[], options: Options): Promise<void> {
  const settings = await context.settings();
  const warn = (text: string) => process.stderr.write(`sekisho: ${printable(text)}\n`);
  const scanner = await openLocalScanner({ settings, query: options.query === true, onProblem: warn });
  for (const problem of scanner.problems) warn(problem);
  const counts: Counts = { malware: 0, unsure: 0 };
  try {
    if (scanner.components.agent === undefined && scanner.components.conventional === undefined)
      warn(scanWord('noPattern', options.lang));
    for (const name of files) await scanOne(scanner, name, options, counts, warn);
  } finally {
    await scanner.close();
  }
  const { malware, unsure } = counts;
  if (malware > 0) throw new CommandFailure(exitCodes.malware, `malware in ${malware} of ${files.length}`);
  if (unsure > 0) throw new CommandFailure(exitCodes.unscanned, `${unsure} of ${files.length} not called clean`);
}

async function scanOne(
  scanner: LocalScanner,
  name: string,
  options: Options,
  counts: Counts,
  warn: (text: string) => void,
): Promise<void> {
  try {
    const content = await contentOf(name);
    const fileName = name === '-' ? 'stdin' : basename(name);
    const report = scanReport(name, content.length, await scanner.scan(content, { fileName }));
    show(report, scanner, options);
    if (report.verdict === 'malware') counts.malware++;
    else if (report.verdict !== 'clean') counts.unsure++;
    if (report.asked && 'problem' in report.asked) warn(report.asked.problem);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    counts.unsure++;
    warn(error.message);
  }
}

function show(report: ScanReport, scanner: LocalScanner, { json, lang }: Options): void {
  const lines = json ? [shownJson({ ...report, components: componentVersions(scanner) })] : scanTree(report, lang);
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
