import zlib from 'node:zlib';
import { base64Lines } from './mails.ts';

/** Documents that hold a file, as small as they can be, each made by hand from its specification. */

const SECTOR = 512;
const END = 0xfffffffe;
const FREE = 0xffffffff;

/** A compound file of streams in its root; short ones are in mini sectors, as they must be. `loop` makes the FAT of the last stream circular. */
export function compoundFile(streams: readonly (readonly [name: string, content: Buffer])[], loop = false): Buffer {
  const sectors: Buffer[] = [];
  const fat: number[] = [];
  const chain = (content: Buffer): number => {
    if (content.length === 0) return END;
    const first = sectors.length;
    for (let at = 0; at < content.length; at += SECTOR) {
      const sector = Buffer.alloc(SECTOR);
      content.copy(sector, 0, at);
      sectors.push(sector);
      fat.push(sectors.length);
    }
    fat[sectors.length - 1] = END;
    return first;
  };
  const mini: Buffer[] = [];
  const miniFat: number[] = [];
  const starts = streams.map(([, content]) => {
    if (content.length >= 4096) return chain(content);
    const first = mini.length;
    for (let at = 0; at < content.length; at += 64) {
      const sector = Buffer.alloc(64);
      content.copy(sector, 0, at);
      mini.push(sector);
      miniFat.push(mini.length);
    }
    miniFat[mini.length - 1] = END;
    return first;
  });
  const container = Buffer.concat(mini);
  const containerStart = chain(container);
  const miniFatStart = chain(numbers(miniFat));
  const entries = [
    directoryEntry('Root Entry', 5, containerStart, container.length, { child: streams.length > 0 ? 1 : FREE }),
    ...streams.map(([name, content], index) =>
      directoryEntry(name, 2, starts[index] ?? END, content.length, {
        right: index + 1 < streams.length ? index + 2 : FREE,
      }),
    ),
  ];
  const directoryStart = chain(Buffer.concat(entries));
  if (loop) fat[(starts.at(-1) ?? 0) + 1] = starts.at(-1) ?? 0;
  const fatStart = sectors.length;
  const fatSectors = Math.ceil((fat.length + 1) / (SECTOR / 4 - 1));
  for (let i = 0; i < fatSectors; i += 1) fat.push(0xfffffffd);
  const header = Buffer.alloc(SECTOR, 0xff);
  header.fill(0, 0, 76);
  header.write('d0cf11e0a1b11ae1', 'hex');
  header.writeUInt16LE(3, 26);
  header.writeUInt16LE(9, 30);
  header.writeUInt16LE(6, 32);
  header.writeUInt32LE(fatSectors, 44);
  header.writeUInt32LE(directoryStart, 48);
  header.writeUInt32LE(4096, 56);
  header.writeUInt32LE(miniFatStart, 60);
  header.writeUInt32LE(END, 68);
  for (let i = 0; i < fatSectors; i += 1) header.writeUInt32LE(fatStart + i, 76 + i * 4);
  const table = Buffer.alloc(fatSectors * SECTOR, 0xff);
  numbers(fat).copy(table);
  return Buffer.concat([header, ...sectors, table]);
}

function directoryEntry(
  name: string,
  type: number,
  start: number,
  size: number,
  links: { child?: number; right?: number },
) {
  const entry = Buffer.alloc(128);
  entry.write(name, 'utf16le');
  entry.writeUInt16LE((name.length + 1) * 2, 64);
  entry[66] = type;
  entry.writeUInt32LE(FREE, 68);
  entry.writeUInt32LE(links.right ?? FREE, 72);
  entry.writeUInt32LE(links.child ?? FREE, 76);
  entry.writeUInt32LE(start, 116);
  entry.writeUInt32LE(size, 120);
  return entry;
}

function numbers(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}

const uint32 = (value: number) => numbers([value]);
const zeroEnded = (text: string) => Buffer.from(`${text}\0`, 'latin1');
const sized = (content: Buffer) => Buffer.concat([uint32(content.length), content]);

/** A file as the Object Packager wraps it. */
export function packaged(name: string, content: Buffer): Buffer {
  const path = zeroEnded(`C:\\Temp\\${name}`);
  return Buffer.concat([
    Buffer.from([2, 0]),
    zeroEnded(name),
    path,
    Buffer.from([0, 0, 3, 0]),
    sized(path),
    sized(content),
    Buffer.alloc(8),
  ]);
}

/** A Word document with a packaged file. */
export function wordWith(name: string, content: Buffer): Buffer {
  const word = Buffer.alloc(5000, 1);
  word.fill(0, 0, 64);
  return compoundFile([
    ['WordDocument', word],
    ['\x01Ole10Native', sized(packaged(name, content))],
  ]);
}

/** An object of OLE 1. */
export function ole1Object(className: string, native: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from('0105000002000000', 'hex'),
    sized(zeroEnded(className)),
    Buffer.alloc(8),
    sized(native),
  ]);
}

/** RTF with an object whose digits are written by `write`. */
export function rtfWith(object: Buffer, write = (digits: string) => digits): Buffer {
  const digits = write(object.toString('hex'));
  return Buffer.from(
    `{\\rtf1\\ansi Dear face\\par {\\object\\objemb{\\*\\objdata ${digits}}{\\result text}} 1234567890}`,
    'latin1',
  );
}

/** A PDF with one embedded file; `filters` as names, the data already filtered. */
export function pdfWith(name: string, data: Buffer, filters: string, rest = ''): Buffer {
  const parts: (string | Buffer)[] = [
    '%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Names << /EmbeddedFiles << /Names [(x) 2 0 R] >> >> >>\nendobj\n',
    `2 0 obj\n<< /Type /Filespec /F (${name}) /EF << /F 3 0 R >> >>\nendobj\n`,
    `3 0 obj\n<< /Type /EmbeddedFile ${filters} /Length ${data.length} ${rest} >>\nstream\r\n`,
    data,
    '\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n',
  ];
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
}

/** A section of OneNote with one embedded file. */
export function oneNoteWith(content: Buffer): Buffer {
  const size = Buffer.alloc(20);
  size.writeBigUInt64LE(BigInt(content.length));
  return Buffer.concat([
    Buffer.from('e4525c7b8cd8a74daeb15378d02996d3', 'hex'),
    Buffer.alloc(1000, 7),
    Buffer.from('e716e3bd65261145a4c48d4d0b7a9eac', 'hex'),
    size,
    content,
    Buffer.alloc(64, 3),
  ]);
}

/** A winmail.dat with one attachment that has a long name. */
export function tnefWith(name: string, content: Buffer): Buffer {
  const attribute = (level: number, tag: number, data: Buffer) =>
    Buffer.concat([Buffer.from([level]), uint32(tag), sized(data), Buffer.alloc(2)]);
  const longName = zeroEnded(name);
  const padded = Buffer.concat([longName, Buffer.alloc((4 - (longName.length % 4)) % 4)]);
  const properties = Buffer.concat([uint32(1), uint32(0x3707001e), uint32(1), uint32(longName.length), padded]);
  return Buffer.concat([
    Buffer.from('789f3e220100', 'hex'),
    attribute(1, 0x00089006, uint32(0x00010000)),
    attribute(2, 0x00069002, Buffer.alloc(14)),
    attribute(2, 0x00018010, zeroEnded('LONGNA~1.EXE')),
    attribute(2, 0x0006800f, content),
    attribute(2, 0x00069005, properties),
  ]);
}

/** A film with binary data, as it is or in a zlib body. */
export function flashWith(content: Buffer, packed: boolean): Buffer {
  const tag = Buffer.concat([
    Buffer.from([0xff, 0x15]),
    uint32(content.length + 6),
    Buffer.from([1, 0, 0, 0, 0, 0]),
    content,
  ]);
  // An empty rectangle, rate, number of frames; then the tags.
  const body = Buffer.concat([Buffer.from([0x08, 0x00, 0x00, 0x18, 0x01, 0x00]), tag, Buffer.from([0, 0])]);
  const header = Buffer.concat([Buffer.from(packed ? 'CWS\x09' : 'FWS\x09', 'latin1'), uint32(body.length + 8)]);
  return Buffer.concat([header, packed ? zlib.deflateSync(body) : body]);
}

/** A binary property list with one object of data. */
export function propertyListWith(content: Buffer): Buffer {
  const object = Buffer.concat([Buffer.from([0x4f, 0x12]), Buffer.from(uint32(content.length)).reverse(), content]);
  const trailer = Buffer.alloc(32);
  trailer[6] = 4;
  trailer[7] = 1;
  trailer.writeUInt32BE(1, 12);
  trailer.writeUInt32BE(8 + object.length, 28);
  return Buffer.concat([Buffer.from('bplist00'), object, Buffer.from([0, 0, 0, 8]), trailer]);
}

/** A page that makes the file in the browser. */
export function htmlWith(content: Buffer): Buffer {
  const script = `<script>var b="${content.toString('base64')}";save(new Blob([decode(b)]),"x.exe")</script>`;
  return Buffer.from(`<html><body><p>Your invoice is being made.</p>${script}</body></html>`);
}

/** A mailbox of messages. */
export function mailboxOf(messages: readonly Buffer[]): Buffer {
  return Buffer.concat(
    messages.flatMap((message) => [
      Buffer.from('From a@b.example Tue Nov 24 02:00:00 2026\n'),
      message,
      Buffer.from('\n\n'),
    ]),
  );
}

/** A card with a picture as versions 2.1 and 3 write it, in folded lines. */
export function cardWith(content: Buffer): Buffer {
  const lines = base64Lines(content).replaceAll('\r\n', '\r\n ');
  return Buffer.from(
    `BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Somebody\r\nPHOTO;ENCODING=b;TYPE=JPEG:${lines}\r\nEND:VCARD\r\n`,
  );
}
