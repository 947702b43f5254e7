import Type from 'typebox';
import type { HashService, ServiceAnswer } from '../../actors/ports/hash-service.ts';
import { ReputationFailure } from '../../actors/ports/reputation.ts';
import { createRestQuestion, expectReachable, type RestOptions } from './rest-question.ts';

export interface VirusTotalOptions extends RestOptions {
  key: string;
  /** So many engines must call a file malicious. */
  maliciousMin: number;
}

/** EICAR: every engine knows it. */
const knownSha256 = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';

const count = Type.Integer({ minimum: 0 });

/** `GET /api/v3/files/{id}` (https://docs.virustotal.com/reference/file-info), as far as it is read. */
const FileReport = Type.Object({
  data: Type.Object({
    type: Type.Literal('file'),
    id: Type.String(),
    attributes: Type.Object({
      last_analysis_stats: Type.Object({
        malicious: count,
        suspicious: count,
        undetected: count,
        harmless: count,
      }),
      popular_threat_classification: Type.Optional(
        Type.Object({ suggested_threat_label: Type.Optional(Type.String()) }),
      ),
    }),
  }),
});

/** A label of malware, as it may stand in mails, headers and logs. */
const label = /^[\w.:/!~ -]{1,100}$/;

/** VirusTotal v3. */
export function createVirusTotal({ key, maliciousMin, ...rest }: VirusTotalOptions): HashService {
  const question = createRestQuestion(rest);
  const path = (sha256: string) => `/api/v3/files/${sha256}`;
  const lookUp = async (sha256: string, signal: AbortSignal): Promise<ServiceAnswer> => {
    const report = await question.get(path(sha256), FileReport, { 'x-apikey': key }, signal);
    if (report === undefined) return { verdict: 'unknown' };
    const { id, attributes } = report.data;
    if (id !== sha256) throw new ReputationFailure('response', 'the answer is about another file');
    const { malicious, suspicious, undetected, harmless } = attributes.last_analysis_stats;
    const all = malicious + suspicious + undetected + harmless;
    if (malicious < maliciousMin) return { verdict: all > 0 && malicious + suspicious === 0 ? 'clean' : 'unknown' };
    const name = attributes.popular_threat_classification?.suggested_threat_label ?? '';
    return {
      verdict: 'malicious',
      name: label.test(name) ? name : 'VirusTotal.Malware',
      details: `${malicious} of ${all} engines`,
    };
  };
  return {
    lookUp,
    // Without a key it answers 401 and takes nothing of the quota.
    connect: (signal) => expectReachable(question, path(knownSha256), signal),
    async probe(signal) {
      const { verdict } = await lookUp(knownSha256, signal);
      if (verdict !== 'malicious')
        throw new ReputationFailure('response', 'VirusTotal does not know the EICAR test file');
    },
    close: question.close,
  };
}
