import { Counter, Gauge, type Registry } from '@prometheus-io/client';
import type { AnswerStatistics } from '../../actors/ports/answer-store.ts';

/** Kept answers: hits by the server that had given them, all else by service. */
export function answerMetrics(register: Registry, answers: () => ReadonlyMap<string, AnswerStatistics>): void {
  const registers = [register];
  new Counter({
    ...{ name: 'sekisho_answer_cache_hits_total', help: 'Hashes whose answer was a kept one', registers },
    labelNames: ['service', 'server'],
    collect() {
      this.reset();
      for (const [service, { hits }] of answers())
        for (const [server, count] of hits) this.inc({ service, server }, count);
    },
  });
  const counted = (name: string, help: string, of: 'misses' | 'expired' | 'evicted' | 'emptied') =>
    new Counter({
      ...{ name: `sekisho_answer_cache_${name}_total`, help, registers, labelNames: ['service'] },
      collect() {
        this.reset();
        for (const [service, counts] of answers()) this.inc({ service }, counts[of]);
      },
    });
  counted('misses', 'Hashes that had to be asked about', 'misses');
  counted('expired', 'Kept answers whose time to live was over', 'expired');
  counted('evicted', 'Kept answers that went because there were too many', 'evicted');
  counted('emptied', 'How often all went, as the pattern had a new version', 'emptied');
  const sized = (name: string, help: string, of: 'entries' | 'bytes') =>
    new Gauge({
      ...{ name: `sekisho_answer_cache_${name}`, help, registers, labelNames: ['service'] },
      collect() {
        for (const [service, counts] of answers()) this.set({ service }, counts[of]);
      },
    });
  sized('entries', 'Kept answers', 'entries');
  sized('bytes', 'Memory that they take, as estimated', 'bytes');
}
