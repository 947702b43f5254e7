import { base64Lines } from './mails.ts';

/** Ways to encode a file for mail, all of them as programs write them. */
export const fileEncodings = {
  base64: (content: Buffer) => base64Lines(content),
  'quoted-printable': quotedPrintable,
  uuencode,
  yenc,
  binhex,
  hex: (content: Buffer) => content.toString('hex').replace(/.{76}(?=.)/g, '$&\r\n'),
} as const;
export type FileEncoding = keyof typeof fileEncodings;

function quotedPrintable(content: Buffer): string {
  const plain = (byte: number) => byte > 32 && byte < 127 && byte !== 61;
  const text = [...content].map((byte) =>
    plain(byte) ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  );
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += 24) lines.push(text.slice(at, at + 24).join(''));
  return lines.join('=\r\n');
}

/** POSIX uuencode. */
export function uuencode(content: Buffer, name = 'a.zip'): string {
  const character = (value: number) => (value === 0 ? '`' : String.fromCharCode(32 + value));
  let text = `begin 644 ${name}\r\n`;
  for (let at = 0; at < content.length; at += 45) {
    const line = content.subarray(at, at + 45);
    text += character(line.length);
    for (let i = 0; i < line.length; i += 3) {
      const bits = ((line[i] ?? 0) << 16) | ((line[i + 1] ?? 0) << 8) | (line[i + 2] ?? 0);
      for (const shift of [18, 12, 6, 0]) text += character((bits >> shift) & 63);
    }
    text += '\r\n';
  }
  return `${text}\`\r\nend\r\n`;
}

/** yEnc 1.3; a character for each byte. */
export function yenc(content: Buffer, name = 'a.zip'): string {
  let text = `=ybegin line=128 size=${content.length} name=${name}\r\n`;
  let length = 0;
  for (const byte of content) {
    const moved = (byte + 42) & 255;
    const critical = [0, 9, 10, 13, 32, 46, 61].includes(moved);
    text += critical ? `=${String.fromCharCode((moved + 64) & 255)}` : String.fromCharCode(moved);
    length += 1;
    if (length % 64 === 0) text += '\r\n';
  }
  return `${text}\r\n=yend size=${content.length}\r\n`;
}

const BINHEX = '!"#$%&\'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr';

/** BinHex 4 (RFC 1741); checksums are left zero. */
export function binhex(content: Buffer, name = 'a.zip'): string {
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(content.length, 0);
  const head = [
    Buffer.from([name.length]),
    Buffer.from(`${name}\0????????`),
    Buffer.alloc(2),
    lengths,
    Buffer.alloc(2),
  ];
  const file = Buffer.concat([...head, content, Buffer.alloc(4)]);
  const escaped: number[] = [];
  for (let at = 0; at < file.length; ) {
    const byte = file[at] ?? 0;
    let times = 1;
    while (file[at + times] === byte && times < 255) times += 1;
    const once = byte === 0x90 ? [0x90, 0] : [byte];
    if (times > 3) escaped.push(...once, 0x90, times);
    else for (let i = 0; i < times; i += 1) escaped.push(...once);
    at += times;
  }
  let bits = '';
  for (const byte of escaped) bits += byte.toString(2).padStart(8, '0');
  const digits = (bits.match(/.{1,6}/g) ?? []).map((six) => BINHEX[Number.parseInt(six.padEnd(6, '0'), 2)]).join('');
  const lines = `:${digits}:`.replace(/.{64}(?=.)/g, '$&\r\n');
  return `(This file must be converted with BinHex 4.0)\r\n\r\n${lines}\r\n`;
}
