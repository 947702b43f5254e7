import type { FileType } from '../../events/file-types.ts';
import { mailStart } from '../unpack/mail-file.ts';

const HEAD_BYTES = 4096;
/** What may stand before the first element: comments, and what says that it is XML. */
const BEFORE = String.raw`(?:\s|<!--[\s\S]*?-->|<\?xml[\s\S]*?\?>)*`;
const HTML = new RegExp(
  String.raw`^${BEFORE}<(?:!doctype\s+html|html|head|title|body|script|style|meta|iframe|table|div|form|img|svg:svg)\b`,
  'i',
);
const SVG = new RegExp(String.raw`^${BEFORE}(?:<!doctype\s+svg[^>]*>\s*)?<svg\b`, 'i');
/** Windows runs these from a file of any of its script languages: an XML of scripts, an HTML application. */
const SCRIPT = new RegExp(String.raw`^(?:#!\s*/|${BEFORE}<(?:job|package|component|scriptlet|hta:application)\b)`, 'i');

/** What text is; nothing for plain text, and where bytes are no text. */
export function textTypes(content: Buffer): FileType[] {
  const head = decoded(content);
  const types: FileType[] = [];
  if (SCRIPT.test(head)) types.push('script');
  if (HTML.test(head)) types.push('html');
  if (SVG.test(head)) types.push('svg');
  if (mailStart(content) !== undefined) types.push('eml');
  return types;
}

/** The beginning, by its byte order mark. */
function decoded(content: Buffer): string {
  const head = content.subarray(0, HEAD_BYTES);
  if (head[0] === 0xff && head[1] === 0xfe) return head.toString('utf16le', 2);
  if (head[0] === 0xfe && head[1] === 0xff)
    return Buffer.from(head.subarray(2, head.length & ~1))
      .swap16()
      .toString('utf16le');
  return head.toString('latin1').replace(/^\xef\xbb\xbf/, '');
}
