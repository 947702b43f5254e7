import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A tar file of these files, by the tar of the system. */
export function tarOf(folder: string, files: Readonly<Record<string, string>>): Buffer {
  const within = join(folder, 'in-tar');
  mkdirSync(within, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(within, name), content);
  execFileSync('tar', ['--format=ustar', '-cf', join(folder, 'made.tar'), '-C', within, ...Object.keys(files)]);
  return readFileSync(join(folder, 'made.tar'));
}

/** A .cvd as ClamAV's sigtool makes it: header, then what is packed. */
export function cvdOf(
  packed: Buffer,
  { version = 27_000, md5 = createHash('md5').update(packed).digest('hex') } = {},
): Buffer {
  const header = `ClamAV-VDB:06 Nov 2026 04-40 -0500:${version}:355000:90:${md5}:aBcD/+signature:raynman:1793958000`;
  return Buffer.concat([Buffer.from(header.padEnd(512)), packed]);
}
