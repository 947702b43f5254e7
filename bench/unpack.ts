/**
 * Time to unpack and hash one message: node bench/unpack.ts. Mail of the kinds that the throughput bench sends; the
 * figures are the median of many rounds, after warming up.
 */
import { createHash, randomBytes } from 'node:crypto';
import { unpack } from '../src/adapters/unpack/unpacker.ts';
import { attachment, crlf, mail, multipart, textPart, zip } from '../test/support/mails.ts';
import { median } from './support/figures.ts';

const LIMITS = {
  partsMax: 10_000,
  depthMax: 17,
  filesMax: 10_000,
  fileBytesMax: 100e6,
  messageBytesMax: 400e6,
  ratioMax: 200,
};
const WORDS = 'the quick order report of invoice number shows that our second delivery was late and your team'.split(
  ' ',
);

function prose(bytes: number): string {
  let text = '';
  let line = '';
  while (text.length < bytes) {
    line += `${WORDS[Math.floor(Math.random() * WORDS.length)]} `;
    if (line.length > 68) {
      text += `${line.trim()}\n`;
      line = '';
    }
  }
  return text.slice(0, bytes);
}

const pdf = (bytes: number) => Buffer.concat([Buffer.from('%PDF-1.4\n'), randomBytes(bytes), Buffer.from('\n%%EOF\n')]);
const archive = zip([
  { name: 'report.pdf', content: pdf(315_000) },
  { name: 'photo.bin', content: randomBytes(245_000) },
  { name: 'notes.txt', content: Buffer.from(prose(420_000)) },
]);
const manyParts = Array.from({ length: 9999 }, (_, i) => attachment(`${i}.txt`, Buffer.from(`part ${i}`)));

const MAILS: Record<string, { message: Buffer; rounds: number }> = {
  '4 KB text': { message: mail(textPart(prose(3750))), rounds: 5000 },
  '60 KB with a 40 KB PDF': {
    message: mail(multipart([textPart(prose(4600)), attachment('report.pdf', pdf(40_000))])),
    rounds: 2000,
  },
  '1 MB with a zip': {
    message: mail(multipart([textPart(prose(6000)), attachment('files.zip', archive), attachment('a.pdf', pdf(3000))])),
    rounds: 100,
  },
  '1 MB text, quoted-printable': {
    message: mail(
      multipart([attachment('a.txt', Buffer.from(crlf(prose(600_000))), { encoding: 'quoted-printable' })]),
    ),
    rounds: 20,
  },
  '9,999 parts': { message: mail(multipart(manyParts)), rounds: 5 },
};

const signal = new AbortController().signal;

async function once(message: Buffer): Promise<{ unpackMs: number; hashMs: number; hashes: number }> {
  const start = performance.now();
  const readings: Uint8Array[] = [];
  await unpack(message, LIMITS, signal, (file) => void readings.push(...file.readings));
  const unpacked = performance.now();
  let hashes = 0;
  for (const reading of readings) {
    createHash('sha256').update(reading).digest('hex');
    hashes += 1;
  }
  return { unpackMs: unpacked - start, hashMs: performance.now() - unpacked, hashes };
}

console.log('| message | bytes | unpack ms | SHA-256 ms | hashes |\n|---|---:|---:|---:|---:|');
for (const [name, { message, rounds }] of Object.entries(MAILS)) {
  for (let i = 0; i < rounds / 2; i += 1) await once(message);
  const runs = [];
  for (let i = 0; i < rounds; i += 1) runs.push(await once(message));
  const unpackMs = median(runs.map((run) => run.unpackMs)).toFixed(3);
  const hashMs = median(runs.map((run) => run.hashMs)).toFixed(3);
  console.log(`| ${name} | ${message.length} | ${unpackMs} | ${hashMs} | ${runs[0]?.hashes} |`);
}
