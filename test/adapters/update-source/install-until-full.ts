import { existsSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PackageServer } from '../../support/package-server.ts';
import { newSigner, signedPackage } from '../../support/packages.ts';
import { eicarSha256 } from '../components/downloads.ts';
import { startInstalling } from './installing.ts';

// A program for the test that gives it a folder on a disk of 2 MiB, which gets full in several ways.
const [folder = ''] = process.argv.slice(2);
const signer = newSigner();
const keysFile = join(folder, 'keys.pem');
writeFileSync(keysFile, signer.pem);
const server = await PackageServer.start();
const serve = (number: number, bytes: number) => {
  const files = {
    'a.hsb': Buffer.from(`${eicarSha256}:68:Eicar-${number}\n`),
    'b.fp': Buffer.from('#'.repeat(bytes)),
  };
  server.serve(signedPackage({ component: 'agent', number, files }, signer));
};
const options = { folder, url: server.url, caFile: server.caFile, keysFile };
const { update, eicar, source, close } = startInstalling(options);
const outcomes: string[] = [];
const attempt = async (what: string) => {
  const outcome = await update('agent').catch((error) => error.kind);
  const again = startInstalling(options);
  const problems = await again.components.load();
  await again.close();
  outcomes.push(`${what}: ${outcome}, ${eicar()}, ${again.eicar()} after a restart, ${problems.length} problems`);
};
/** Takes all room but so much. */
const fill = (but: number) => {
  if (existsSync(join(folder, 'filler'))) return;
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(join(folder, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - but)));
};

serve(1, 10);
await attempt('room');
serve(2, 3_000_000);
await attempt('too little room for the download');
serve(3, 500_000);
server.onFile = () => fill(65_536);
await attempt('the disk fills up while it comes');
server.onFile = () => {};
rmSync(join(folder, 'filler'));
await attempt('room again');
// All is downloaded and stands in the folder of downloads; what is left is not enough for the folder of the version.
serve(4, 500_000);
await source.fetch('agent', { versions: [], files: [] }, new AbortController().signal);
fill(0);
await attempt('no room to keep it');
rmSync(join(folder, 'filler'));
await attempt('room again');
const leftovers = readdirSync(join(folder, 'components/agent')).filter((name) => name.startsWith('.'));
console.log(JSON.stringify({ outcomes, leftovers }));
await close();
await server.close();
