import type { Epoch } from './epoch.ts';
import type { Clock } from './ports/clock.ts';
import type { ComponentStore } from './ports/components.ts';
import type { Identity } from './ports/identity.ts';
import type { ReputationService } from './ports/reputation.ts';
import { type AnswerCache, type AnswerCaches, listService } from './reputation/answer-cache.ts';
import { createAsk } from './reputation/ask.ts';
import { askWhoAnswers, type CombineParts, createAskAll, type Source } from './reputation/combine.ts';
import { createServers, type ServerActor } from './reputation/servers.ts';
import { openServices, type ServicesOutside, serviceSource } from './reputation/services.ts';
import type { ScanSettings } from './scan-settings.ts';

export interface EpochParts {
  number: number;
  settings: ScanSettings;
  reputation: ReputationService;
  components: ComponentStore;
  answers: AnswerCaches;
  /** Absent: there are no services. */
  services?: ServicesOutside;
  clock: Clock;
  identity: Identity;
  serverActor: (id: string) => ServerActor | undefined;
}

/** A new epoch; its server actors are started by the scan service. */
export function createEpoch(parts: EpochParts): Epoch {
  const { settings, reputation, clock, identity } = parts;
  const services = openServices(settings.services ?? [], parts.services);
  const names = services.map((service) => service.settings.name);
  const servers = createServers(settings.servers, parts.serverActor, names);
  const list: Source = {
    ...{ name: listService, required: true, isList: true },
    ask: createAsk({ servers, reputation, settings, clock, identity }, listAnswers(parts)),
  };
  const { queryTotalMs, hashesPerQueryMax, combination = { rule: 'any', quorum: 1 } } = settings;
  const ofService = { servers, answers: parts.answers, clock, queryTotalMs, hashesPerQueryMax };
  const sources = [list, ...services.map((service) => serviceSource(service, ofService))];
  const asking: CombineParts = { sources, combination, clock, queryTotalMs };
  let patterns = parts.components.current();
  const idle = Promise.withResolvers<void>();
  let retired = false;
  const epoch: Epoch = {
    number: parts.number,
    settings,
    servers,
    reputation,
    services,
    ask: createAskAll(asking),
    askWhoAnswers: askWhoAnswers(asking),
    components: () => {
      const { filter } = parts.components.current();
      return filter ? { ...patterns, filter } : patterns;
    },
    adoptPatterns() {
      patterns = parts.components.current();
    },
    scans: 0,
    ended() {
      epoch.scans--;
      check();
    },
    drained: () => idle.promise,
    retire() {
      if (retired) return;
      retired = true;
      servers.retire();
      check();
    },
  };
  function check() {
    if (!retired || epoch.scans > 0) return;
    idle.resolve();
    void reputation.close();
    for (const { outside } of services) outside.close();
  }
  return epoch;
}

/** The answers that earlier epochs got count in this one too, if its list has the server. */
function listAnswers({ settings, components, answers }: EpochParts): AnswerCache {
  answers.limit({ entriesMax: settings.answersMax, bytesMax: settings.answersBytesMax });
  return answers.of(listService, {
    servers: new Set(settings.servers.map(({ id }) => id)),
    filter: () => components.current().filter?.version,
  });
}
