import zlib from 'node:zlib';

/** The EICAR test file, put together so that no scanner takes this file for it. */
export const EICAR = Buffer.from(
  ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!', '$H+H*'].join(''),
);

/** A MIME entity: header lines without line ends, and the body as it stands in the message. */
export interface Entity {
  headers: readonly string[];
  body: Buffer;
}

export type TransferEncoding = '7bit' | '8bit' | 'binary' | 'base64' | 'quoted-printable';

/** Text with CRLF line ends. */
export function crlf(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}

/** An inline text part. */
export function textPart(text: string, type = 'text/plain; charset=utf-8'): Entity {
  return { headers: [`Content-Type: ${type}`], body: Buffer.from(crlf(text)) };
}

/** An attached file. */
export function attachment(
  name: string,
  content: Buffer,
  options: { type?: string; encoding?: TransferEncoding } = {},
): Entity {
  const { type = 'application/octet-stream', encoding = 'base64' } = options;
  return {
    headers: [
      `Content-Type: ${type}; name="${name}"`,
      `Content-Disposition: attachment; filename="${name}"`,
      `Content-Transfer-Encoding: ${encoding}`,
    ],
    body: encode(content, encoding),
  };
}

/** A nested message (message/rfc822), attached. */
export function nestedMessage(message: Buffer, options: { name?: string; encoding?: TransferEncoding } = {}): Entity {
  const { name, encoding = '7bit' } = options;
  const disposition = name === undefined ? [] : [`Content-Disposition: attachment; filename="${name}"`];
  return {
    headers: ['Content-Type: message/rfc822', ...disposition, `Content-Transfer-Encoding: ${encoding}`],
    body: encode(message, encoding),
  };
}

/** A multipart of parts; `boundary` must not occur in them. */
export function multipart(
  parts: readonly Entity[],
  options: { subtype?: string; boundary?: string; preamble?: string; epilogue?: string; closed?: boolean } = {},
): Entity {
  const { subtype = 'mixed', preamble = '', epilogue = '', closed = true } = options;
  const boundary = options.boundary ?? `b_${(boundaries++).toString(36)}_x`;
  const pieces: Buffer[] = preamble ? [Buffer.from(`${preamble}\r\n`)] : [];
  for (const part of parts) pieces.push(Buffer.from(`--${boundary}\r\n`), entityBytes(part), Buffer.from('\r\n'));
  if (closed) pieces.push(Buffer.from(`--${boundary}--\r\n${epilogue}`));
  return { headers: [`Content-Type: multipart/${subtype}; boundary="${boundary}"`], body: Buffer.concat(pieces) };
}

let boundaries = 0;

/** A whole message of an entity, with the usual fields on top. */
export function mail(entity: Entity, options: { subject?: string; fields?: readonly string[] } = {}): Buffer {
  const headers = [
    'From: Sender <sender@example.com>',
    'To: Rcpt <rcpt@example.org>',
    `Subject: ${options.subject ?? 'a test'}`,
    'Date: Tue, 24 Nov 2026 02:00:00 +0000',
    'Message-ID: <1@client.example.com>',
    ...(options.fields ?? []),
    'MIME-Version: 1.0',
    ...entity.headers,
  ];
  return entityBytes({ headers, body: entity.body });
}

/** Header, blank line, body. */
export function entityBytes(entity: Entity): Buffer {
  return Buffer.concat([Buffer.from(`${entity.headers.map((line) => `${line}\r\n`).join('')}\r\n`), entity.body]);
}

function encode(content: Buffer, encoding: TransferEncoding): Buffer {
  if (encoding === 'base64') return Buffer.from(base64Lines(content));
  if (encoding === 'quoted-printable') return Buffer.from(quotedPrintable(content));
  return content;
}

/** Base64 in lines of 76 characters with CRLF between them. */
export function base64Lines(content: Buffer): string {
  return content.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n');
}

function quotedPrintable(content: Buffer): string {
  const plain = (byte: number) => byte > 32 && byte < 127 && byte !== 61;
  const text = [...content].map((byte) =>
    plain(byte) ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  );
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += 24) lines.push(text.slice(at, at + 24).join(''));
  return lines.join('=\r\n');
}

/** A file for a test zip; what is left out is worked out from the content. */
export interface ZipFile {
  name: string;
  content: Buffer;
  /** 0 stored, 8 deflated (default); others are only written into the headers. */
  method?: number;
  flags?: number;
  crc?: number;
  /** Left out of the central directory, or of the local headers. */
  only?: 'local' | 'central';
  /** Sizes and checksum in a data descriptor after the data. */
  descriptor?: boolean;
}

/** A minimal zip writer (APPNOTE), able to write the wrong things, too. */
export function zip(files: readonly ZipFile[], options: { directory?: boolean; comment?: string } = {}): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  let count = 0;
  for (const file of files) {
    const method = file.method ?? 8;
    const packed = method === 8 ? zlib.deflateRawSync(file.content) : file.content;
    const name = Buffer.from(file.name);
    const crc = file.crc ?? zlib.crc32(file.content);
    const flags = (file.flags ?? 0x800) | (file.descriptor ? 8 : 0);
    const sizes = { crc, packed: packed.length, bytes: file.content.length };
    const shown = file.descriptor ? { crc: 0, packed: 0, bytes: 0 } : sizes;
    const local = [zipHeader(30, 0x04034b50, 4, { flags, method, name, ...shown }), name, packed];
    if (file.descriptor) local.push(descriptor(sizes));
    if (file.only !== 'local') {
      const header = zipHeader(46, 0x02014b50, 6, { flags, method, name, ...sizes });
      header.writeUInt32LE(offset, 42);
      central.push(header, name);
      count += 1;
    }
    if (file.only === 'central') continue;
    locals.push(...local);
    offset += local.reduce((sum, piece) => sum + piece.length, 0);
  }
  if (options.directory === false) return Buffer.concat(locals);
  const directory = Buffer.concat(central);
  const comment = Buffer.from(options.comment ?? '');
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...locals, directory, end, comment]);
}

interface ZipFields {
  flags: number;
  method: number;
  name: Buffer;
  crc: number;
  packed: number;
  bytes: number;
}

/** Local and central header have their common fields in the same order, from `versionAt`. */
function zipHeader(length: number, signature: number, versionAt: number, fields: ZipFields): Buffer {
  const header = Buffer.alloc(length);
  header.writeUInt32LE(signature, 0);
  header.writeUInt16LE(20, versionAt);
  header.writeUInt16LE(fields.flags, versionAt + 2);
  header.writeUInt16LE(fields.method, versionAt + 4);
  header.writeUInt32LE(fields.crc, versionAt + 10);
  header.writeUInt32LE(fields.packed, versionAt + 14);
  header.writeUInt32LE(fields.bytes, versionAt + 18);
  header.writeUInt16LE(fields.name.length, versionAt + 22);
  return header;
}

function descriptor(sizes: { crc: number; packed: number; bytes: number }): Buffer {
  const out = Buffer.alloc(16);
  out.writeUInt32LE(0x08074b50, 0);
  out.writeUInt32LE(sizes.crc, 4);
  out.writeUInt32LE(sizes.packed, 8);
  out.writeUInt32LE(sizes.bytes, 12);
  return out;
}
