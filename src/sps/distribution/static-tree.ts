import { constants } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../../adapters/files/durable-file.ts';
import { replaceFile } from '../identity/replace-file.ts';
import { filesOf, type Publication, productPath } from '../products/publication.ts';
import { envelopeOf, type SigningOptions } from '../products/published.ts';
import { envelopePath, packagedComponents, packageFilePath } from '../protocol/component-package.ts';
import { paths } from '../protocol/protocol.ts';

/**
 * Writes what is published as files that any web server can serve, with the same paths as our own: files first, all on disk, then the
 * manifests, each at once. Then what no manifest has named for some versions goes. Throws what the system says; what was there is whole then.
 */
export async function writeStaticTree(publication: Publication, to: string, options: SigningOptions): Promise<void> {
  const { folder } = options;
  for (const component of packagedComponents) {
    for (const sha256 of filesOf(publication, component)) {
      await place(productPath(folder, sha256), join(to, packageFilePath(component, sha256)));
    }
    await syncFolder(join(to, packageFilePath(component, '')));
  }
  const [filter] = publication.components.filter.files;
  // The other file of this path may be another filter of the same size.
  if (filter) await copy(productPath(folder, filter.sha256), join(to, paths.filter));
  for (const component of packagedComponents) {
    const envelope = envelopeOf(publication, component, options).toString();
    await replaceFile(join(to, envelopePath(component)), envelope, 0o644);
  }
  await syncFolder(join(to, envelopePath('filter'), '..'));
  for (const component of packagedComponents) {
    await removeOthers(join(to, packageFilePath(component, '')), filesOf(publication, component));
  }
}

/** A file whose name is its SHA-256, unless it is there. */
async function place(from: string, to: string): Promise<void> {
  const { size } = await stat(from);
  const there = await stat(to).catch(() => undefined);
  await mkdir(join(to, '..'), { recursive: true });
  if (there?.size !== size) await copy(from, to);
}

async function copy(from: string, to: string): Promise<void> {
  const unfinished = `${to}.new`;
  await rm(unfinished, { force: true });
  await copyFile(from, unfinished, constants.COPYFILE_FICLONE);
  const handle = await open(unfinished, 'r+');
  try {
    await handle.chmod(0o644);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, to);
}

async function removeOthers(folder: string, keep: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    // What is not ours is left alone.
    if (/^[0-9a-f]{64}(\.new)?$/.test(name) && !keep.has(name)) await rm(join(folder, name), { force: true });
  }
}
