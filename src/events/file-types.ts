/** What a file is by its content, whatever its name says. A content can be several at once. Closed lists: rules name them. */

/** Types by what they are for; the names of groups stand in rules for all of their types. */
export const fileTypeGroups = {
  /** Runs when it is opened, by Windows, Linux, macOS, Android or Java. */
  executable: [
    ...['exe', 'elf', 'mach-o', 'msi', 'lnk', 'class', 'jar', 'apk', 'dex', 'wasm', 'script', 'vbe', 'chm', 'hlp'],
  ],
  archive: [
    ...[
      'zip',
      'rar',
      '7z',
      'tar',
      'gzip',
      'bzip2',
      'xz',
      'zstd',
      'lz4',
      'lzip',
      'compress',
      'lha',
      'arj',
      'ace',
      'cab',
    ],
    ...['ar', 'deb', 'rpm', 'cpio', 'wim', 'xar'],
  ],
  'disk-image': ['iso', 'dmg', 'vhd', 'vhdx', 'vmdk'],
  document: [
    ...['pdf', 'rtf', 'ole', 'doc', 'xls', 'ppt', 'docx', 'xlsx', 'pptx', 'odf', 'one', 'xps', 'epub', 'html', 'eml'],
    ...['tnef', 'postscript', 'swf'],
  ],
  /** A document with macros in it. */
  macro: ['macro'],
  image: ['png', 'jpeg', 'gif', 'bmp', 'tiff', 'webp', 'ico', 'svg', 'heif', 'psd'],
  audio: ['mp3', 'wav', 'flac', 'ogg', 'midi'],
  video: ['mp4', 'avi', 'matroska', 'mpeg', 'asf', 'flv'],
} as const;

export type FileTypeGroup = keyof typeof fileTypeGroups;
export type FileType = (typeof fileTypeGroups)[FileTypeGroup][number];

/** Every type. */
export const fileTypes: readonly FileType[] = Object.values(fileTypeGroups).flat();

/** The types that a word stands for: itself, or those of its group; nothing for a word that is neither. */
export function typesNamed(word: string): readonly FileType[] {
  if (Object.hasOwn(fileTypeGroups, word)) return fileTypeGroups[word as FileTypeGroup];
  return fileTypes.filter((type) => type === word);
}
