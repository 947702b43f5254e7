import { binhex, uuencode } from './mail-encodings.ts';
import { attachment, base64Lines, crlf, mail, multipart, nestedMessage, textPart, zip } from './mails.ts';

const armour =
  'iQIzBAEBCAAdFiEEf0r7sS9pQe0zY3kUoW7bQpQ1kXwFAmVu0pcACgkQoW7bQpQ1\nkXzC2w//cLzVY0n5b1q6aJ7Xw3uC0dZ9m4oQkq0v2mWn1J9pTqf3x8cKk2s7eYbR\nq7hYk1rY0o8b3vQm5nq2xk9cV4uJz6fWt8pLs3eHdGa1iRb7oXyNqMzKvBjUwTcE\n=a1bC';

/** Mail as it is odd in the world, written by programs that meant no harm: none of it hides a file. */
export const oddMails: Readonly<Record<string, Buffer>> = oddMailsOf();

function raw(text: string): Buffer {
  return Buffer.from(crlf(text), 'latin1');
}

function oddMailsOf(): Record<string, Buffer> {
  const hello = textPart('Hello,\n\nsee below.\n');
  const file = zip([{ name: 'a.txt', content: Buffer.from('content of a file') }]);
  const attached = attachment('a.zip', file);
  const footer =
    '\n_______________________________________________\nList mailing list\nList@example.org\nhttp://lists.example.org/mailman/listinfo/list\n';
  const usual = 'From: a@example.com\nTo: b@example.org\nSubject: x\nMIME-Version: 1.0\n';
  const base64 = base64Lines(file).replaceAll('\r\n', '\n');
  const bounced = mail(multipart([hello, attached], { boundary: 'bounced' })).toString('latin1');
  const lf = (message: Buffer) => Buffer.from(message.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
  return {
    'no closing boundary': mail(multipart([hello, attached], { closed: false })),
    'LF line ends': lf(mail(multipart([hello, attached]))),
    'CRLF header, LF body': Buffer.concat([Buffer.from('X-A: b\r\n'), lf(mail(multipart([hello, attached])))]),
    'text before the first part': mail(
      multipart([hello, attached], { preamble: 'This is a multi-part message in MIME format.\r\n' }),
    ),
    'text after the last part': mail(multipart([hello, attached], { epilogue: crlf(footer) })),
    'identical fields twice': raw(
      `${usual}MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nContent-Transfer-Encoding: 8bit\n\nHello\n`,
    ),
    'types that differ in the charset only': raw(
      `${usual}Content-Type: text/plain; charset=utf-8\nContent-Type: text/plain; charset=us-ascii\n\nHello\n`,
    ),
    'encodings that make no difference': raw(
      `${usual}Content-Type: text/plain\nContent-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: 8bit\n\nHello\n`,
    ),
    'a footer behind base64': raw(
      `${usual}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n${base64Lines(Buffer.from('Hello, this is a text that is encoded for no reason at all.')).replaceAll('\r\n', '\n')}\n${footer}`,
    ),
    'a footer behind a base64 attachment': raw(
      `${usual}Content-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n${base64}\n\n${footer}`,
    ),
    'base64 with blank lines at its end': raw(
      `${usual}Content-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n${base64}\n\n\n\n`,
    ),
    'base64 without padding, in odd lines': raw(
      `${usual}Content-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n${base64
        .replaceAll('\n', '')
        .replace(/=+$/, '')
        .replace(/.{73}(?=.)/g, '$&\n')}\n`,
    ),
    'format=flowed': mail(textPart('> quoted \n> text \n\nmine \n-- \nme\n', 'text/plain; format=flowed; delsp=yes')),
    'uuencode in the text of an old list': mail(
      textPart(`Here is the patch:\n\n${uuencode(file, 'patch.zip')}\nBye\n`),
    ),
    'BinHex in text': mail(textPart(`From a Mac:\n\n${binhex(file, 'a.zip')}\n`)),
    'a delivery report': raw(
      `${usual}Content-Type: multipart/report; report-type=delivery-status; boundary="r"\n\nThis is a MIME-encapsulated message\n\n--r\n\nThis is the mail system.\n\n--r\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a.example\n\nFinal-Recipient: rfc822; b@example.org\nAction: failed\nStatus: 5.1.1\n\n--r\nContent-Type: message/rfc822\n\n${bounced}\n--r--\n`,
    ),
    'a report with the message in its text': raw(
      `${usual}\nHi. This is the qmail-send program.\nI'm afraid I wasn't able to deliver your message.\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <a@example.com>\n${bounced}`,
    ),
    'a header in the text': mail(
      textPart(
        'You wrote:\n\n> Content-Type: application/zip\n\nContent-Type: text/plain; charset=utf-8\nis what it should say.\n',
      ),
    ),
    'rulers of dashes': mail(textPart('Title\n-----\n\n--\nme\n----- Original Message -----\nFrom: a\n--------\n')),
    'a calendar invitation': mail(
      multipart([
        multipart(
          [
            hello,
            textPart(
              'BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n',
              'text/calendar; charset="utf-8"; method=REQUEST',
            ),
          ],
          { subtype: 'alternative' },
        ),
        attachment('invite.ics', Buffer.from('BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n'), { type: 'application/ics' }),
      ]),
    ),
    'S/MIME': mail(
      multipart(
        [hello, attachment('smime.p7s', Buffer.from('3082010a02', 'hex'), { type: 'application/pkcs7-signature' })],
        {
          subtype: 'signed; protocol="application/pkcs7-signature"; micalg=sha-256',
          preamble: 'This is a cryptographically signed message in MIME format.',
        },
      ),
    ),
    'PGP/MIME': mail(
      multipart(
        [
          { headers: ['Content-Type: application/pgp-encrypted'], body: Buffer.from('Version: 1\r\n') },
          { headers: ['Content-Type: application/octet-stream; name="encrypted.asc"'], body: raw(armoured('MESSAGE')) },
        ],
        { subtype: 'encrypted; protocol="application/pgp-encrypted"' },
      ),
    ),
    'inline PGP': mail(
      textPart(`-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- --b\nHello\n${armoured('SIGNATURE')}`),
    ),
    'a certificate in text': mail(textPart(armoured('CERTIFICATE').replaceAll('PGP ', ''))),
    AppleDouble: mail(
      multipart([
        hello,
        multipart(
          [
            attachment('a.zip', Buffer.from('0005160700020000', 'hex'), { type: 'application/applefile' }),
            attachment('a.zip', file, { type: 'application/zip' }),
          ],
          { subtype: 'appledouble' },
        ),
      ]),
    ),
    'winmail.dat': mail(
      multipart([
        hello,
        attachment('winmail.dat', Buffer.from('789f3e220100', 'hex'), { type: 'application/ms-tnef' }),
      ]),
    ),
    'a digest': mail(
      multipart(
        [
          { headers: [], body: mail(hello) },
          { headers: [], body: mail(multipart([hello, attached])) },
        ],
        { subtype: 'digest', preamble: 'Digest' },
      ),
    ),
    'a forwarded message': mail(multipart([hello, nestedMessage(mail(multipart([hello, attached])))])),
    'a forwarded message in base64': mail(multipart([hello, nestedMessage(mail(attached), { encoding: 'base64' })])),
    'no MIME-Version': raw(bounced.replace(/MIME-Version: 1\.0\r\n/, '')),
    'no MIME at all': raw('From: a@example.com\n\nHello\n'),
    'a boundary that begins like another': mail(
      multipart([multipart([hello, attached], { boundary: 'b_1', subtype: 'related' }), attached], { boundary: 'b' }),
    ),
    'the same boundary within': raw(
      `${usual}Content-Type: multipart/mixed; boundary=MS_Mac\n\n--MS_Mac\nContent-Type: multipart/alternative; boundary=MS_Mac\n\n--MS_Mac\nContent-Type: text/plain\n\nx\n--MS_Mac\nContent-Type: text/html\n\n<p>x\n--MS_Mac--\n\n--MS_Mac\nContent-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n${base64}\n--MS_Mac--\n`,
    ),
    'a multipart that says quoted-printable': raw(
      `${usual}Content-Type: multipart/mixed; boundary="q"\nContent-Transfer-Encoding: quoted-printable\n\n--q\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\na=3Db\n--q\nContent-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n${base64}\n--q--\n`,
    ),
    'equals signs in quoted-printable': raw(
      `${usual}Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<a href="http://example.com/?a=b&c=zz">x</a>=\n and more\n`,
    ),
    '8-bit header': raw(`${usual}X-Name: \xe4\xf6\xfc\nContent-Type: text/plain; name="\xe4.txt"\n\n\xe4\n`),
    'long signatures in the header': raw(
      `DKIM-Signature: v=1; a=rsa-sha256; d=example.com;\n\tb=${armour.replaceAll('\n', '\n\t ')}\nX-MS-Exchange-AntiSpam-MessageData-0: ${armour.repeat(4).replaceAll('\n', '\n ')}\n${usual}Content-Type: text/plain\n\nHello\n`,
    ),
    'names in several forms': mail(
      multipart([
        hello,
        {
          headers: [
            'Content-Type: application/zip; name="=?utf-8?B?6KuL5rGC5pu4LnppcA==?="',
            `Content-Disposition: attachment; filename="a.zip"; filename*=utf-8''%E8%AB%8B%E6%B1%82%E6%9B%B8.zip`,
            'Content-Transfer-Encoding: base64',
          ],
          body: Buffer.from(base64Lines(file)),
        },
      ]),
    ),
    'a name with brackets': mail(multipart([hello, attachment('report (1).zip', file)])),
    'pictures in HTML': mail(
      textPart(
        `<img src="data:image/png;base64,${Buffer.alloc(300, 'iVBORw0KGgo').toString('base64')}">\n`,
        'text/html',
      ),
    ),
    checksums: mail(
      textPart(`${'9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  a.zip\n'.repeat(20)}`),
    ),
    'text that begins like a field': mail(textPart('Note: this is no header.\nSubject: neither is this\n\nx\n')),
  };
}

function armoured(what: string): string {
  return `-----BEGIN PGP ${what}-----\n\n${armour}\n-----END PGP ${what}-----\n`;
}
