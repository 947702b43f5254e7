import { writeSync } from 'node:fs';
import { endWithParent } from './end-with-parent.ts';
import { run } from './program.ts';

// `sekisho events | head` ends the reader, not with a stack.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

// npm and npx put a shell between: a signal ends the shell and never comes here.
if (process.env.npm_command !== undefined) endWithParent();

process.exitCode = await run({
  argv: process.argv.slice(2),
  environment: process.env,
  cwd: process.cwd(),
  writeError: (text) => writeSync(2, text),
});
