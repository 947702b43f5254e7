import { compoundFile, oneNoteWith } from './documents.ts';
import { EICAR } from './mails.ts';

/** Content that makes a careless reader go over it again and again: twice as much must not take four times the work. */
export const slowDocuments: readonly (readonly [string, (size: number) => Buffer])[] = [
  ['streams without an end', (size) => Buffer.from(`%PDF-1.4\n${'1 0 obj<</A 1>>stream\n'.repeat(size / 22)}`)],
  ['keywords after brackets', (size) => Buffer.from(`%PDF-1.4\n<<(${'>>stream '.repeat(size / 9)}`)],
  ['open dictionaries', (size) => Buffer.from(`%PDF-1.4\n${'<<'.repeat(size / 2)}>>stream\n`)],
  ['file specifications', (size) => Buffer.from(`%PDF-1.4\n${'/EF<<'.repeat(size / 5)}`)],
  ['groups', (size) => Buffer.from(`{\\rtf1${'{\\objdata 01'.repeat(size / 12)}`)],
  ['strings in pieces', (size) => Buffer.from(`"${'A'.repeat(40)}" + `.repeat(size / 45))],
  ['escapes', (size) => Buffer.from('\\x41'.repeat(size / 4))],
  ['addresses', (size) => Buffer.from('data:,'.repeat(size / 6))],
  ['separators', (size) => Buffer.from('From a 10:10\nA: b\n'.repeat(size / 18))],
  [
    'marks of OneNote',
    (size) =>
      Buffer.concat([oneNoteWith(EICAR), Buffer.from('e716e3bd65261145a4c48d4d0b7a9eac'.repeat(size / 16), 'hex')]),
  ],
  ['streams that share sectors', (size) => sharing(size)],
];

/** A compound file of which each directory entry is a stream of all its sectors. */
function sharing(size: number): Buffer {
  const count = Math.floor(size / 2000);
  const file = compoundFile([
    ['a', Buffer.alloc(size, 1)],
    ...Array.from({ length: count }, (_, i) => [`${i}`, EICAR] as const),
  ]);
  const directory = (file.readUInt32LE(48) + 1) * 512;
  for (let i = 0; i < count; i += 1) {
    file.writeUInt32LE(0, directory + (i + 2) * 128 + 116);
    file.writeUInt32LE(size, directory + (i + 2) * 128 + 120);
  }
  return file;
}
