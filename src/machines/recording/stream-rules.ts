import { command } from './commands.ts';
import { projection, relay } from './log.ts';
import { notification } from './notifications.ts';
import { scan, session } from './scans.ts';
import { engine, method, server } from './servers.ts';
import { service, supervisor, updater } from './service.ts';
import type { StreamRule } from './stream-rule.ts';
import { certificate, journal, quarantine } from './watches.ts';

/** By machine id. */
// biome-ignore lint/suspicious/noExplicitAny: each rule is only ever given its own machine's context
export const streamRules: Readonly<Record<string, StreamRule<any>>> = {
  server,
  engine,
  method,
  scan,
  session,
  service,
  updater,
  supervisor,
  projection,
  relay,
  journal,
  certificate,
  quarantine,
  command,
  notification,
};
