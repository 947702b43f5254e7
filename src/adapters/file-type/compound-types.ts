import type { FileType } from '../../events/file-types.ts';

const COMPOUND_FILE = Buffer.from('d0cf11e0a1b11ae1', 'hex');

const stream = (name: string) => Buffer.from(name, 'utf16le');

/** Names of streams that say what a compound file is. */
const STREAMS: readonly (readonly [FileType, Buffer])[] = [
  ['doc', stream('WordDocument')],
  ['xls', stream('Workbook\0')],
  ['xls', stream('Book\0')],
  ['ppt', stream('PowerPoint Document')],
  ['macro', stream('_VBA_PROJECT')],
  ['macro', stream('_VBA_PROJECT_CUR')],
];

/** Classes of the root storage of installers, patches and transforms: {000C1084-…}, {000C1086-…}, {000C1082-…}. */
const INSTALLERS = ['84', '86', '82'].map((first) => Buffer.from(`${first}100c0000000000c000000000000046`, 'hex'));

/** What a compound file (OLE2) is; nothing when it is none. The names are looked for as they stand: once through the file for each. */
export function compoundTypes(content: Buffer): FileType[] {
  if (!content.subarray(0, COMPOUND_FILE.length).equals(COMPOUND_FILE)) return [];
  const types: FileType[] = STREAMS.filter(([, name]) => content.includes(name)).map(([type]) => type);
  if (INSTALLERS.some((id) => content.includes(id))) types.push('msi');
  return ['ole', ...new Set(types)];
}
