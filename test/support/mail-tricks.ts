import fc from 'fast-check';
import { type FileEncoding, fileEncodings } from './mail-encodings.ts';
import { EICAR, zip } from './mails.ts';

/**
 * A grammar of mails that each hide one file. A mail is made of choices; each choice but the first of its list is a trick of the families
 * in which malware is hidden: contradicting, garbled or missing header fields, boundaries, encodings that lie or are broken, odd line ends,
 * places where no file belongs. All combinations are mails that some program reads.
 */
export interface TrickyMail {
  payload: 'zip' | 'eicar';
  multipart: keyof typeof multipartHeaders;
  delimiter: keyof typeof delimiters;
  place: (typeof places)[number];
  header: keyof typeof headerForms;
  declared: keyof typeof declarations;
  encoding: FileEncoding;
  base64: keyof typeof base64Forms;
  lineEnds: keyof typeof lineEnds;
}

const B = 'frontier';
const multipartOf = (parameter: string) => [`Content-Type: multipart/mixed; ${parameter}`];

/** Header fields of the multipart, and the boundary that its delimiters have. */
const multipartHeaders = {
  plain: multipartOf(`boundary="${B}"`),
  unquoted: multipartOf(`boundary=${B}`),
  upperCase: [`CONTENT-TYPE: MULTIPART/MIXED; BOUNDARY="${B}"`],
  folded: [`Content-Type:\r\n multipart/mixed;\r\n\tboundary=\r\n "${B}"`],
  comment: [`Content-Type: (a) multipart/mixed (b); (c) boundary=(d)${B}(e)`],
  commentQuoted: [`Content-Type: multipart/mixed; boundary="${B}" (boundary="other")`],
  backslash: multipartOf(`boundary="fron\\tier"`),
  openQuote: multipartOf(`boundary="${B}`),
  singleQuotes: multipartOf(`boundary='${B}'`),
  noSemicolon: [`Content-Type: multipart/mixed boundary="${B}"`],
  spaces: multipartOf(`boundary = "${B}   "`),
  continuation: multipartOf(`boundary*0="fron"; boundary*1="tier"`),
  extended: multipartOf(`boundary*=us-ascii'en'fr%6fntier`),
  encodedWord: multipartOf(`boundary="=?us-ascii?q?${B}?="`),
  secondParameter: multipartOf(`boundary="other"; boundary="${B}"`),
  firstParameter: multipartOf(`boundary="${B}"; boundary="other"`),
  otherField: [...multipartOf('boundary="other"'), ...multipartOf(`boundary="${B}"`)],
  otherFieldLast: [...multipartOf(`boundary="${B}"`), ...multipartOf('boundary="other"')],
  textFirst: ['Content-Type: text/plain', ...multipartOf(`boundary="${B}"`)],
  textLast: [...multipartOf(`boundary="${B}"`), 'Content-Type: text/plain'],
  noBoundary: ['Content-Type: multipart/mixed'],
  wrongBoundary: multipartOf('boundary="other"'),
  prefix: multipartOf('boundary="front"'),
  asText: [`Content-Type: text/plain; boundary="${B}"`],
  missing: [],
  spaceBeforeColon: [`Content-Type : multipart/mixed; boundary="${B}"`],
  noColonBefore: ['this line is no field', ...multipartOf(`boundary="${B}"`)],
  eightBitBefore: ['X-\xfc\xf6\xe4: \xff', ...multipartOf(`boundary="${B}"`)],
  nulBefore: [`\0Content-Type: multipart/mixed; boundary="${B}"`],
  nulWithin: [`Content-\0Type: multipart/mixed; boundary="${B}"`],
  loneCr: [`X-A: b\rContent-Type: multipart/mixed; boundary="${B}"`],
  quotedType: [`Content-Type: "multipart/mixed"; boundary="${B}"`],
  alternative: [`Content-Type: multipart/x-unknown; boundary="${B}"`],
} as const satisfies Record<string, readonly string[]>;

/** A delimiter line, with the line end before it. */
const delimiters = {
  plain: (closing: boolean) => `\r\n--${B}${closing ? '--' : ''}\r\n`,
  trailingSpaces: (closing: boolean) => `\r\n--${B}${closing ? '--' : ''}  \t\r\n`,
  junk: (closing: boolean) => `\r\n--${B}${closing ? '--' : ''} junk\r\n`,
  loneCr: (closing: boolean) => `\r--${B}${closing ? '--' : ''}\r`,
  loneLf: (closing: boolean) => `\n--${B}${closing ? '--' : ''}\n`,
  notClosed: (closing: boolean) => (closing ? '\r\n' : `\r\n--${B}\r\n`),
  longer: (closing: boolean) => `\r\n--${B}er${closing ? '--' : ''}\r\n`,
} as const;

const places = [
  'part',
  'only',
  'preamble',
  'epilogue',
  'afterClosing',
  'message',
  'encodedMessage',
  'octetStreamMessage',
  'multipart',
  'text',
  'textOfPreamble',
  'textOfEpilogue',
  'header',
  'twice',
] as const;

/** What is done to the header of the part. */
const headerForms = {
  plain: (fields: string[]) => `${fields.join('\r\n')}\r\n\r\n`,
  lowerCase: (fields: string[]) => `${fields.join('\r\n').toLowerCase()}\r\n\r\n`,
  blankBefore: (fields: string[]) => `\r\n${fields.join('\r\n')}\r\n\r\n`,
  blanksBefore: (fields: string[]) => `\r\n \r\n\r\n${fields.join('\r\n')}\r\n\r\n`,
  noBlankAfter: (fields: string[]) => `${fields.join('\r\n')}\r\n`,
  spaceLineAfter: (fields: string[]) => `${fields.join('\r\n')}\r\n \r\n`,
  manyBlanksAfter: (fields: string[]) => `${fields.join('\r\n')}\r\n\r\n\r\n\r\n`,
  noColon: (fields: string[]) => `no field here\r\n${fields.join('\r\n')}\r\n\r\n`,
  noColonAfter: (fields: string[]) => `${fields.join('\r\n')}\r\nno field here\r\nX-More: yes\r\n\r\n`,
  eightBit: (fields: string[]) => `X-A: \xe4\xff\r\n\xe4: b\r\n${fields.join('\r\n')}\r\n\r\n`,
  indented: (fields: string[]) => `X-A: b\r\n ${fields.join('\r\n ')}\r\n\r\n`,
  nul: (fields: string[]) => `\0${fields.join('\r\n\0')}\r\n\r\n`,
  bom: (fields: string[]) => `\xef\xbb\xbf${fields.join('\r\n')}\r\n\r\n`,
  loneCr: (fields: string[]) => `X-A: b\r${fields.join('\r')}\r\r`,
  loneLf: (fields: string[]) => `${fields.join('\n')}\n\n`,
  longLine: (fields: string[]) => `X-A: ${'x'.repeat(3000)}\r\n${fields.join('\r\n')}\r\n\r\n`,
} as const;

const cte = 'Content-Transfer-Encoding';
/** What the part says of its encoding, given the true one. */
const declarations = {
  truth: (encoding: string) => [`${cte}: ${encoding}`],
  upperCase: (encoding: string) => [`${cte}: ${encoding.toUpperCase()}`],
  comment: (encoding: string) => [`${cte}: (is) ${encoding} (so)`],
  folded: (encoding: string) => [`${cte}:\r\n ${encoding}`],
  semicolon: (encoding: string) => [`${cte}: ${encoding};`],
  spaceBeforeColon: (encoding: string) => [`${cte} : ${encoding}`],
  quoted: (encoding: string) => [`${cte}: "${encoding}"`],
  encodedWord: (encoding: string) => [`${cte}: =?us-ascii?q?${encoding}?=`],
  twice: (encoding: string) => [`${cte}: ${encoding}`, `${cte}: ${encoding}`],
  falseFirst: (encoding: string) => [`${cte}: 7bit`, `${cte}: ${encoding}`],
  falseLast: (encoding: string) => [`${cte}: ${encoding}`, `${cte}: 8bit`],
  otherFirst: (encoding: string) => [
    `${cte}: ${encoding === 'base64' ? 'quoted-printable' : 'base64'}`,
    `${cte}: ${encoding}`,
  ],
  twoWords: (encoding: string) => [`${cte}: 7bit ${encoding}`],
  lie: () => [`${cte}: 7bit`],
  lieQuoted: () => [`${cte}: quoted-printable`],
  lieBase64: () => [`${cte}: base64`],
  unknown: () => [`${cte}: x-special`],
  missing: () => [],
} as const satisfies Record<string, (encoding: string) => readonly string[]>;

const digits = (content: Buffer) => content.toString('base64');
/** What is done to base64. */
const base64Forms = {
  plain: (content: Buffer) => fileEncodings.base64(content),
  oneLine: digits,
  shortLines: (content: Buffer) => digits(content).replace(/.{4}(?=.)/g, '$&\r\n'),
  splitGroups: (content: Buffer) => digits(content).replace(/.{5}(?=.)/g, '$&\r\n'),
  longOddLines: (content: Buffer) => digits(content).replace(/.{75}(?=.)/g, '$&\r\n'),
  noPadding: (content: Buffer) => digits(content).replace(/=+$/, ''),
  spaces: (content: Buffer) => digits(content).replace(/.{10}(?=.)/g, '$& '),
  junk: (content: Buffer) => digits(content).replace(/.{10}(?=.)/g, '$&!'),
  junkLines: (content: Buffer) => fileEncodings.base64(content).replaceAll('\r\n', '\r\n#*#*\r\n'),
  nul: (content: Buffer) => digits(content).replace(/.{20}(?=.)/g, '$&\0'),
  eightBit: (content: Buffer) => digits(content).replace(/.{20}(?=.)/g, '$&\xe4'),
  paddingFirst: (content: Buffer) => `====\r\n${fileEncodings.base64(content)}`,
  paddingWithin: (content: Buffer) =>
    [
      ...Array.from({ length: Math.ceil(content.length / 50) }, (_, i) =>
        digits(content.subarray(i * 50, i * 50 + 50)),
      ),
    ].join('\r\n'),
  paddingInGroup: (content: Buffer) => digits(content).replace(/^(..)/, '$1='),
  dataAfter: (content: Buffer) =>
    `${fileEncodings.base64(content).replace(/=*$/, '==')}\r\n${'QUJD'.repeat(19)}\r\nQUJD`,
  otherAlphabet: (content: Buffer) => fileEncodings.base64(content).replaceAll('+', '-').replaceAll('/', '_'),
  blankLines: (content: Buffer) => `\r\n\r\n${fileEncodings.base64(content).replaceAll('\r\n', '\r\n\r\n')}\r\n\r\n`,
  textBefore: (content: Buffer) => `Here it is.\r\n\r\n${fileEncodings.base64(content)}`,
} as const;

/** Of the message as a whole. */
const lineEnds = {
  crlf: (text: string) => text,
  lf: (text: string) => text.replaceAll('\r\n', '\n'),
  cr: (text: string) => text.replaceAll('\r\n', '\r'),
} as const;

/** Programs that stop at the first oddity, and go on, see different things: only some forms come back whole. */
export interface BuiltTrick {
  message: Buffer;
  /** Any of these contents, found, is the payload. */
  payloads: Buffer[];
}

/** Writes the message of a combination of choices. */
export function buildTrick(trick: TrickyMail): BuiltTrick {
  const archive = zip([{ name: 'eicar.com', content: EICAR }]);
  const payload = trick.payload === 'zip' ? archive : EICAR;
  const text =
    trick.encoding === 'base64' ? base64Forms[trick.base64](payload) : fileEncodings[trick.encoding](payload);
  const fields = [
    'Content-Type: application/zip; name="a.zip"',
    'Content-Disposition: attachment; filename="a.zip"',
    ...declarations[trick.declared](declaredName[trick.encoding]),
  ];
  const entity = `${headerForms[trick.header](fields)}${text}`;
  const message = Buffer.from(lineEnds[trick.lineEnds](arrange(trick, entity, text)), 'latin1');
  return { message, payloads: [payload, EICAR] };
}

const declaredName: Readonly<Record<FileEncoding, string>> = {
  ...{ base64: 'base64', 'quoted-printable': 'quoted-printable', uuencode: 'x-uuencode', yenc: 'x-yencode' },
  ...{ binhex: 'mac-binhex40', hex: '7bit' },
};

const usual = 'From: a@example.com\r\nTo: b@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n';
const hello = 'Content-Type: text/plain\r\n\r\nHello,\r\n\r\nsee below.\r\n';

function arrange(trick: TrickyMail, entity: string, text: string): string {
  const header = `${usual}${multipartHeaders[trick.multipart].map((line) => `${line}\r\n`).join('')}`;
  const [open, close] = [delimiters[trick.delimiter](false), delimiters[trick.delimiter](true)];
  const body = (...parts: string[]) => `${header}\r\nThis is a message in MIME format.\r\n${parts.join('')}`;
  const nested = `${usual}${entity}`;
  const file = (fields: string, content: string) => `${fields}\r\n\r\n${content}`;
  const octets = 'Content-Type: application/octet-stream; name="x.eml"\r\nContent-Transfer-Encoding: base64';
  const inBase64 = fileEncodings.base64(Buffer.from(nested, 'latin1'));
  const rfc822 = 'Content-Type: message/rfc822';
  switch (trick.place) {
    case 'part':
      return body(open, hello, open, entity, close);
    case 'only':
      return `${usual}${entity}`;
    case 'twice':
      return body(open, entity, open, entity, close);
    case 'preamble':
      return `${header}\r\n${entity}\r\n${open}${hello}${close}`;
    case 'epilogue':
      return body(open, hello, close, `\r\n--other\r\n${entity}\r\n--other--\r\n`);
    case 'afterClosing':
      return body(open, hello, `\r\n--${B}--\r\n`, open, entity, close);
    case 'message':
      return body(open, hello, open, file(rfc822, nested), close);
    case 'encodedMessage':
      return body(open, hello, open, file(`${rfc822}\r\nContent-Transfer-Encoding: base64`, inBase64), close);
    case 'octetStreamMessage':
      return body(open, hello, open, file(octets, inBase64), close);
    case 'multipart': {
      const inner = `\r\n--inner\r\n${hello}\r\n--inner\r\n${entity}\r\n--inner--\r\n`;
      return body(open, hello, open, file('Content-Type: multipart/mixed; boundary=inner', inner), close);
    }
    case 'text':
      return body(open, `${hello}\r\n${text}\r\n\r\nBye\r\n`, close);
    case 'textOfPreamble':
      return `${header}\r\nHello\r\n\r\n${text}\r\n\r\n${open}${hello}${close}`;
    case 'textOfEpilogue':
      return body(open, hello, close, `\r\nHello\r\n\r\n${text}\r\n`);
    case 'header':
      return `${usual}X-Big: ${'x'.repeat(400)}\r\nX-File: a\r\n ${text.replaceAll('\r\n', '\r\n ')}\r\n\r\nHello\r\n`;
  }
}

const keysOf = <T extends object>(of: T) => Object.keys(of) as (keyof T)[];

/** Half of the choices are ordinary, so that mails with one, two or three tricks come as often as those with many. */
function choice<T>(all: readonly T[]): fc.Arbitrary<T> {
  const [ordinary] = all;
  return fc.oneof(fc.constant(ordinary as T), fc.constantFrom(...all));
}

/** Any combination; those that nobody could read are left out. */
export const trickyMail: fc.Arbitrary<TrickyMail> = fc
  .record<TrickyMail>({
    payload: choice(['zip', 'eicar'] as const),
    multipart: choice(keysOf(multipartHeaders)),
    delimiter: choice(keysOf(delimiters)),
    place: choice(places),
    header: choice(keysOf(headerForms)),
    declared: choice(keysOf(declarations)),
    encoding: choice(keysOf(fileEncodings)),
    base64: choice(keysOf(base64Forms)),
    lineEnds: choice(keysOf(lineEnds)),
  })
  .filter(isReadable);

/** What no program decodes hides nothing: mangled blocks in raw text, quoted-printable or digits that are said to be something else. */
function isReadable({ place, encoding, base64, declared }: TrickyMail): boolean {
  const isLie = /^lie|unknown|missing/.test(declared);
  if (encoding === 'quoted-printable') return !isLie && !/^text|header/.test(place);
  if (encoding === 'hex' && /base64|otherFirst/i.test(declared) && !/^text|header/.test(place)) return false;
  if (place === 'header') return (encoding === 'base64' || encoding === 'hex') && base64 === 'plain';
  return !place.startsWith('text') || encoding !== 'base64' || base64 === 'plain' || base64 === 'oneLine';
}
