import fc from 'fast-check';
import {
  attachment,
  type Entity,
  mail,
  multipart,
  nestedMessage,
  type TransferEncoding,
  textPart,
  zip,
} from './mails.ts';

/** A MIME tree, and what stands in it: every payload is different from all others. */
export type MailTree =
  | { kind: 'text'; payload: string }
  | { kind: 'file'; payload: Buffer; encoding: TransferEncoding }
  | { kind: 'zip'; payload: Buffer; encoding: TransferEncoding }
  | { kind: 'message'; child: MailTree; encoded: boolean }
  | { kind: 'multipart'; children: MailTree[]; subtype: string; preamble: boolean; closed: boolean };

const line = fc.stringMatching(/^[a-z][ -~]{0,60}$/);
const encoding = fc.constantFrom<TransferEncoding>('base64', 'quoted-printable');
const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((content) => Buffer.from(content));

const leaf: fc.Arbitrary<MailTree> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), payload: line }),
  fc.record({ kind: fc.constant('file' as const), payload: bytes, encoding }),
  fc.record({ kind: fc.constant('zip' as const), payload: bytes, encoding }),
);

/** Trees of at most four levels. */
export const mailTree: fc.Arbitrary<MailTree> = fc.letrec<{ tree: MailTree; node: MailTree }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4, withCrossShrink: true }, leaf, tie('node')),
  node: fc.oneof(
    fc.record({ kind: fc.constant('message' as const), child: tie('tree'), encoded: fc.boolean() }),
    fc.record({
      kind: fc.constant('multipart' as const),
      children: fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
      subtype: fc.constantFrom('mixed', 'alternative', 'related', 'signed', 'report'),
      preamble: fc.boolean(),
      closed: fc.boolean(),
    }),
  ),
})).tree;

/** The message of a tree, with CRLF or LF line ends, and each payload with a number of its own in front. */
export function buildMail(tree: MailTree, lineEnd: '\r\n' | '\n'): { message: Buffer; payloads: Buffer[] } {
  const payloads: Buffer[] = [];
  const own = (payload: string | Buffer) => {
    const numbered = Buffer.concat([Buffer.from(`payload ${payloads.length}: `), Buffer.from(payload)]);
    payloads.push(numbered);
    return numbered;
  };
  const entity = (node: MailTree): Entity => {
    switch (node.kind) {
      case 'text':
        return textPart(own(node.payload).toString());
      case 'file':
        return attachment(`file ${payloads.length}`, own(node.payload), { encoding: node.encoding });
      case 'zip':
        return attachment('a.zip', zip([{ name: 'inner', content: own(node.payload) }]), { encoding: node.encoding });
      case 'message':
        return nestedMessage(mail(entity(node.child)), { encoding: node.encoded ? 'base64' : '7bit' });
      case 'multipart':
        return multipart(node.children.map(entity), {
          subtype: node.subtype,
          closed: node.closed,
          ...(node.preamble ? { preamble: 'This is a message in MIME format.' } : {}),
        });
    }
  };
  const message = mail(entity(tree));
  // No encoded content holds a line end, so that this changes the lines of the message only.
  return {
    message: lineEnd === '\n' ? Buffer.from(message.toString('latin1').replaceAll('\r\n', '\n'), 'latin1') : message,
    payloads,
  };
}
