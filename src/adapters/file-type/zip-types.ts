import type { FileType } from '../../events/file-types.ts';
import { isZip } from '../unpack/archives/zip.ts';
import { findDirectory, LOCAL_HEADER, readDirectory, readLocalHeader } from '../unpack/archives/zip-directory.ts';

/** Names that are looked at; what makes an archive a document or a program is among the first. */
const NAMES_MAX = 2000;

/** Names of files in a zip that say what it is. */
const BY_NAME: readonly (readonly [FileType, RegExp])[] = [
  ['docx', /^word\/document\d*\.xml$/i],
  ['xlsx', /^xl\/workbook\.(?:xml|bin)$/i],
  ['pptx', /^ppt\/presentation\.xml$/i],
  ['macro', /(?:^|\/)vbaproject\.bin$/i],
  ['macro', /^Basic\/.*\/script-lb\.xml$/],
  ['apk', /^AndroidManifest\.xml$/],
  ['jar', /^META-INF\/MANIFEST\.MF$/i],
  ['jar', /\.class$/i],
  ['xps', /^FixedDocSeq\.fdseq$/i],
];

/** Documents that say in their first file, which is stored, what they are. */
const BY_MIMETYPE: readonly (readonly [FileType, string])[] = [
  ['odf', 'mimetypeapplication/vnd.oasis.opendocument'],
  ['epub', 'mimetypeapplication/epub+zip'],
];

/** What a zip is, by the names of its files; nothing when it is none. */
export function zipTypes(content: Buffer): FileType[] {
  if (!isZip(content)) return [];
  const names = namesIn(content);
  const named = BY_NAME.filter(([, name]) => names.some((each) => name.test(each))).map(([type]) => type);
  const head = content.toString('latin1', 30, 100);
  const said = BY_MIMETYPE.filter(([, mark]) => head.startsWith(mark)).map(([type]) => type);
  return ['zip', ...named, ...said];
}

/** By the central directory, or where there is none by local headers that follow each other. */
function namesIn(content: Buffer): string[] {
  const directory = findDirectory(content);
  if (directory) return readDirectory(content, directory, NAMES_MAX).entries.map(({ name }) => name);
  const names: string[] = [];
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(LOCAL_HEADER);
  for (let at = content.indexOf(mark); at >= 0 && names.length < NAMES_MAX; at = content.indexOf(mark, at + 4)) {
    const name = readLocalHeader(content, at)?.name;
    if (name !== undefined) names.push(name);
  }
  return names;
}
