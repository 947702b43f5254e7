import { readFileSync } from 'node:fs';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { typesOf } from '../../../src/adapters/file-type/types-of.ts';
import { fileTypes } from '../../../src/events/file-types.ts';
import { mail, textPart, zip } from '../../support/mails.ts';

const bytes = (hex: string, more = 64) => Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(more)]);
const text = (content: string) => Buffer.from(content, 'latin1');
const zipped = (...names: string[]) => zip(names.map((name) => ({ name, content: Buffer.from(name) })));
const compound = (...streams: string[]) =>
  Buffer.concat([
    Buffer.from('d0cf11e0a1b11ae1', 'hex'),
    Buffer.alloc(504),
    ...streams.map((name) => Buffer.from(name, 'utf16le')),
  ]);
const mimetype = (type: string) => zip([{ name: 'mimetype', content: Buffer.from(type), method: 0 }]);

describe('a file is what its content says', () => {
  test.each([
    ['a program of Windows', bytes('4d5a9000'), ['exe']],
    ['a program of DOS, the other way round', bytes('5a4d9000'), ['exe']],
    [
      'a program of Windows without a zero in its old header',
      Buffer.concat([text(`MZ${'x'.repeat(58)}`), Buffer.from([64, 0, 0, 0]), text('PE\0\0')]),
      ['exe'],
    ],
    ['ELF', readFileSync(process.execPath).subarray(0, 1024), ['elf']],
    ['a fat Mach-O', bytes('cafebabe00000002'), ['mach-o']],
    ['a Java class', bytes('cafebabe00000034'), ['class']],
    ['a shortcut', bytes('4c0000000114020000000000c000000000000046'), ['lnk']],
    ['gzip', zlib.gzipSync('x'), ['gzip']],
    ['zip', zipped('a.txt'), ['zip']],
    [
      'a zip without central directory',
      zip([{ name: 'word/document.xml', content: text('x') }], { directory: false }),
      ['zip', 'docx'],
    ],
    ['docx', zipped('[Content_Types].xml', 'word/document.xml'), ['zip', 'docx']],
    ['docm', zipped('word/document.xml', 'word/vbaProject.bin'), ['zip', 'docx', 'macro']],
    ['xlsb', zipped('xl/workbook.bin'), ['zip', 'xlsx']],
    ['pptx', zipped('ppt/presentation.xml'), ['zip', 'pptx']],
    ['jar', zipped('META-INF/MANIFEST.MF', 'A.class'), ['zip', 'jar']],
    ['apk', zipped('AndroidManifest.xml', 'classes.dex'), ['zip', 'apk']],
    ['OpenDocument', mimetype('application/vnd.oasis.opendocument.text'), ['zip', 'odf']],
    ['EPUB', mimetype('application/epub+zip'), ['zip', 'epub']],
    ['Word', compound('WordDocument'), ['ole', 'doc']],
    ['Excel with macros', compound('Workbook\0', '_VBA_PROJECT_CUR'), ['ole', 'xls', 'macro']],
    ['an installer', Buffer.concat([compound(), bytes('84100c0000000000c000000000000046')]), ['ole', 'msi']],
    ['PDF', text('%PDF-1.7'), ['pdf']],
    ['PDF after junk', text(`junk\n${'x'.repeat(900)}%PDF-1.7`), ['pdf']],
    ['PNG', bytes('89504e470d0a1a0a'), ['png']],
    ['WebP', text('RIFF\0\0\0\0WEBPVP8 '), ['webp']],
    ['MP4', text('\0\0\0\x20ftypisom'), ['mp4']],
    ['HEIF', text('\0\0\0\x20ftypheic'), ['heif']],
    ['a shell script', text('#!/bin/sh\necho'), ['script']],
    ['a script of Windows', text('<?xml version="1.0"?>\n<job><script language="JScript">'), ['script']],
    ['HTML', text('<!-- x --><!DOCTYPE html><html>'), ['html']],
    ['HTML in UTF-16', Buffer.from('\ufeff<html>', 'utf16le'), ['html']],
    ['HTML in UTF-8 with its mark', Buffer.from('\ufeff<html>'), ['html']],
    ['SVG', text('<?xml version="1.0"?><svg xmlns="x">'), ['svg']],
    ['a mail', mail(textPart('x')), ['eml']],
    ['plain text', text('Dear all,\nMZ is a country code of a kind.\n'), []],
    ['text that begins as a program does', text('MZ, the car of Mozambique, as everybody knows'), []],
    ['nothing', Buffer.alloc(0), []],
  ])('%s', (_what, content, types) => {
    expect(typesOf(content)).toEqual(types);
  });

  test('a program that ends in a zip is both', () => {
    expect(typesOf(Buffer.concat([bytes('4d5a9000', 1000), zipped('a.txt')]))).toEqual(['exe', 'zip']);
  });

  test('whatever the content, it is answered, with known types, each once', () => {
    const starts = ['504b0304', 'd0cf11e0a1b11ae1', '4d5a', 'cafebabe', '424d', ''].map((hex) =>
      Buffer.from(hex, 'hex'),
    );
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }), (start, rest) => {
        const types = typesOf(Buffer.concat([start, rest]));
        expect(new Set(types).size).toBe(types.length);
        for (const type of types) expect(fileTypes).toContain(type);
      }),
    );
  });
});
