import { randomUUID } from 'node:crypto';
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { CommandSource } from '../../actors/ports/commands.ts';
import { commandBytesMax, commandIdForm } from '../../events/command.ts';
import { makeFolder, replaceFile } from '../files/durable-file.ts';
import { giveToOwner } from '../files/give-to-owner.ts';

/** How often the folder is looked at. */
const lookMs = 250;
const ending = '.json';

/** Leaves a text for the gateway of this folder: whole and durable, or not at all. @throws as the file system does */
export async function leaveInFolder(folder: string, id: string, text: string): Promise<void> {
  await makeFolder(folder);
  const [file, temporary] = [join(folder, `${id}${ending}`), join(folder, `${randomUUID()}.tmp`)];
  await replaceFile(file, temporary, [Buffer.from(text)]);
  await giveToOwner(dirname(folder), [folder]);
  await giveToOwner(dirname(folder), [file]).catch(ignoreMissing);
}

/** The gateway may have taken it meanwhile. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/**
 * Texts as files of a folder that only the user of the gateway can write: commands, and the audit trail of the command line. A
 * file is removed when it need not be given again.
 * @param onProblem told when the folder cannot be used; it is tried again
 */
export function createInboxFolder(folder: string, onProblem: (problem: string, error: unknown) => void): CommandSource {
  return {
    async read(take, signal) {
      const inHand = new Set<string>();
      let told = '';
      const tell = (error: unknown) => {
        const problem = `what is left in ${folder} cannot be taken`;
        if (String(error) !== told) onProblem(problem, error);
        told = String(error);
      };
      while (!signal.aborted) {
        try {
          await makeFolder(folder);
          for (const name of await oldestFirst(folder)) {
            if (inHand.has(name)) continue;
            // One that cannot be read now, as its owner has yet to be set, is tried again.
            const text = await textOf(join(folder, name));
            inHand.add(name);
            void take({ text, place: placeOf(name) })
              .then(() => rm(join(folder, name), { force: true }))
              .then(() => void inHand.delete(name), tell);
          }
        } catch (error) {
          tell(error);
        }
        await wait(lookMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    },
  };
}

async function oldestFirst(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending));
  const times = await Promise.all(
    names.map(async (name) => [name, (await lstat(join(folder, name))).mtimeMs] as const),
  );
  return times.sort(([, a], [, b]) => a - b).map(([name]) => name);
}

function placeOf(name: string): string {
  const word = name.slice(0, -ending.length);
  return commandIdForm.test(word) ? word : `file-${Buffer.from(word).toString('hex').slice(0, 90)}`;
}

/** What can be no command, whoever put it there, is given as an empty text: it is refused, and gone. */
async function textOf(path: string): Promise<string> {
  const found = await lstat(path);
  if (!found.isFile()) return '';
  if (found.size > commandBytesMax) return ' '.repeat(commandBytesMax + 1);
  return readFile(path, 'utf8');
}
