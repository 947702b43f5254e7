import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Certificate } from '../../src/console/http/server.ts';
import { issueAuthority } from '../../src/sps/identity/certificate.ts';
import { type KeptCertificate, keepCertificate } from '../../src/wiring/console-certificate.ts';
import { eventually } from '../support/eventually.ts';

let folder: string;
let kept: KeptCertificate | undefined;
const problems: string[] = [];
const path = (name: string) => join(folder, name);
const write = (name: string, text: string) => {
  writeFileSync(path(`${name}.new`), text);
  renameSync(path(`${name}.new`), path(name));
};
const keep = () => {
  kept = keepCertificate({
    ...{ certificateFile: path('cert'), keyFile: path('key'), lookMs: 10 },
    onProblem: (problem) => problems.push(problem),
  });
  return kept;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  problems.length = 0;
});
afterEach(() => {
  kept?.stop();
  rmSync(folder, { recursive: true });
});

test('without files there is none; one that is missing or no pair is said at the start', async () => {
  expect(
    keepCertificate({ certificateFile: undefined, keyFile: undefined, onProblem: () => {} }).current,
  ).toBeUndefined();
  expect(keep).toThrow(/\[console\] .* cannot be used: ENOENT/);
  const [one, two] = [await issueAuthority(Date.now()), await issueAuthority(Date.now())];
  write('cert', one.certificate);
  write('key', two.key);
  expect(keep).toThrow('cannot be used');
});

test('a new pair is taken, and only as a pair', async () => {
  const [one, two] = [await issueAuthority(Date.now()), await issueAuthority(Date.now())];
  write('cert', one.certificate);
  write('key', one.key);
  const renewed: Certificate[] = [];
  const { current, onRenewal } = keep();
  onRenewal((pair) => renewed.push(pair));
  expect(current?.certificate).toBe(one.certificate);
  write('cert', two.certificate);
  await eventually('half a pair is told', () => problems.length > 0);
  expect(problems[0]).toContain('the certificate before stays');
  expect(renewed).toEqual([]);
  write('key', two.key);
  await eventually('the pair is taken', () => renewed.length > 0);
  expect(renewed).toEqual([{ key: two.key, certificate: two.certificate }]);
});
