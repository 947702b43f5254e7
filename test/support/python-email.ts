import { execFileSync } from 'node:child_process';

/** A line of base64 for each mail goes in, a line of JSON with the SHA-256 of each file comes out. */
const PROGRAM = `
import base64, email, email.policy, hashlib, json, sys
def lines(data):
    return data.replace(b'\\r\\n', b'\\n').replace(b'\\r', b'\\n').strip()
for line in sys.stdin:
    found = []
    raw = base64.b64decode(line)
    message = email.message_from_bytes(raw)
    for part in message.walk():
        if part.is_multipart():
            continue
        try:
            content = part.get_payload(decode=True)
        except Exception:
            content = None
        # What it did not understand it gives as it stands: that is no file, but text in the message.
        if content:
            shown = lines(content) in lines(raw)
            found.append([part.get_content_type(), [hashlib.sha256(content).hexdigest()], not shown])
    print(json.dumps(found))
`;

/** Whether there is a python3 to ask. */
export function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import email'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A part that another program read: its type, the SHA-256 of its content (any of them), and whether it was decoded: else it stands in the mail as it is. */
export type ReadPart = readonly [type: string, sha256: readonly string[], decoded: boolean];

/** What Python's `email` reads out of each mail. */
export function readByPython(mails: readonly Buffer[]): ReadPart[][] {
  const input = mails.map((message) => `${message.toString('base64')}\n`).join('');
  const output = execFileSync('python3', ['-c', PROGRAM], { input, maxBuffer: 256 * 1024 * 1024, encoding: 'utf8' });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Folder of the mails that Python tests its `email` with; undefined where Python came without its tests. */
export function pythonMails(): string | undefined {
  try {
    const program =
      'import os, test; d = os.path.join(os.path.dirname(test.__file__), "test_email", "data"); print(d if os.path.isdir(d) else "")';
    return execFileSync('python3', ['-c', program], { encoding: 'utf8', stdio: 'pipe' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
