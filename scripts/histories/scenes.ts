import { scenesOfAdministrators } from './scenes-of-administrators.ts';
import { mails, type Stage } from './stage.ts';

async function cleanMail({ gateway, send }: Stage): Promise<void> {
  const running = await gateway();
  await send(running, mails.clean, 250);
  await running.stop();
}

async function malware({ gateway, send }: Stage): Promise<void> {
  const running = await gateway();
  await send(running, mails.eicar, 250);
  await send(running, mails.malware, 250);
  await send(running, mails.inlineEicar, 250);
  await running.stop();
  const strict = await gateway({ 'virus_rule.malware_action': 'delete_message' });
  await send(strict, mails.malware, 250);
  await strict.stop();
}

/** From the first failure to smart scan again: the one story that everything here is about. */
async function outage({ gateway, send, sps, journal }: Stage): Promise<void> {
  const running = await gateway();
  const log = journal();
  await send(running, mails.malware, 250);
  await sps.script('refuse');
  for (let failure = 0; failure < 3; failure++) await send(running, mails.malware, 451);
  await send(running, mails.malware, 250);
  await log.until('server.failed-over-unrecovered');
  await sps.script('ok');
  await log.until('server.healthy', ({ data }) => String(data.from).startsWith('FailedOver'));
  await send(running, mails.malware, 250);
  await running.stop();
}

async function restartInOutage({ gateway, send, sps, journal }: Stage): Promise<void> {
  const first = await gateway();
  await sps.script('refuse');
  for (let failure = 0; failure < 3; failure++) await send(first, mails.malware, 451);
  await send(first, mails.malware, 250);
  await first.kill();
  const second = await gateway();
  await send(second, mails.malware, 250);
  await sps.script('ok');
  await journal().until('server.healthy', ({ data }) => data.epoch === 2);
  await send(second, mails.malware, 250);
  await second.stop();
}

/** The server can be reached and fails at queries: nothing switches; the second trip in a row does (D12). */
async function secondTrip({ gateway, send, sps, journal }: Stage): Promise<void> {
  const running = await gateway();
  const log = journal();
  await sps.script(({ resource }) => (resource === 'query' ? 500 : 'ok'));
  for (let failure = 0; failure < 3; failure++) await send(running, mails.malware, 451);
  await send(running, mails.malware, 451);
  await log.until('server.failing', ({ data }) => String(data.from).startsWith('CachedInvalid'));
  await send(running, mails.malware, 250);
  await running.stop();
}

async function throttling({ gateway, send, sps, journal }: Stage): Promise<void> {
  const running = await gateway();
  sps.retryAfter = '1';
  await sps.script(({ resource }) => (resource === 'query' ? 429 : 'ok'));
  await send(running, mails.malware, 451);
  await sps.script('ok');
  await journal().until('server.healthy', ({ data }) => String(data.from).startsWith('Throttled'));
  await send(running, mails.malware, 250);
  await running.stop();
}

async function credentials({ gateway, send, sps }: Stage): Promise<void> {
  const running = await gateway();
  await sps.script(({ resource }) => (resource === 'query' ? 401 : 'ok'));
  await send(running, mails.malware, 451);
  await running.stop();
}

async function otherPattern({ gateway, send, sps, otherSps, journal }: Stage): Promise<void> {
  await otherSps.script('other-pattern');
  const running = await gateway({
    'smart_scan.servers': `https://${sps.address.id}, https://${otherSps.address.id}`,
  });
  // The first answer says which pattern the list has.
  await send(running, mails.malware, 250);
  await sps.script(({ resource }) => (resource === 'query' ? 500 : 'ok'));
  await send(running, mails.malware, 451);
  await journal().until('server.left-out');
  await running.stop();
}

async function staleComponent({ gateway, sps, journal }: Stage): Promise<void> {
  const running = await gateway({ 'smart_scan.filter_check_seconds': 1, 'smart_scan.filter_age_alert_seconds': 1 });
  const log = journal();
  await sps.script(({ resource }) => (resource === 'filter' ? 500 : 'ok'));
  await log.until('updater.stale');
  await running.stop();
}

/** SIGHUP: a new epoch beside the old one. */
async function newSettings({ gateway, send, lab, journal }: Stage): Promise<void> {
  lab.writeIni('');
  const running = await gateway();
  const log = journal();
  await send(running, mails.eicar, 250);
  lab.writeIni('[virus_rule]\nmalware_action = reject\n');
  running.child.kill('SIGHUP');
  await log.until('service.running', ({ data }) => data.epoch === 2);
  await send(running, mails.eicar, 550);
  await running.stop();
}

/** One that is done, one that fails. */
async function commands({ gateway, lab, journal }: Stage): Promise<void> {
  const running = await gateway();
  const log = journal();
  await lab.command('command', 'restart', '--local', '--id', 'restart-1');
  await log.until('command.done', ({ subject }) => subject.includes('restart-1'));
  await lab.command('command', 'deploy', 'agent', 'none-such', '--local', '--id', 'deploy-1');
  await log.until('command.failed', ({ subject }) => subject.includes('deploy-1'));
  await running.stop();
}

/** Kafka goes away and comes back. */
async function kafkaOutage({ gateway, send, lab, journal }: Stage): Promise<void> {
  const { startKafka } = await import('../../test/support/kafka.ts');
  const kafka = await startKafka();
  try {
    const given = { 'kafka.brokers': kafka.brokers };
    await lab.commandWith(given, 'kafka', 'init');
    const running = await gateway(given);
    const log = journal();
    await log.until('relay.relaying');
    await send(running, mails.clean, 250);
    await kafka.kill();
    await send(running, mails.clean, 250);
    const away = await log.until('relay.away');
    await kafka.start();
    await log.until('relay.relaying', () => true, away);
    await running.stop();
  } finally {
    await kafka.close();
  }
}

/** What happens in each history, by the name of its file. */
export const scenes: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  'clean-mail': cleanMail,
  malware,
  outage,
  'restart-in-outage': restartInOutage,
  'second-trip': secondTrip,
  throttling,
  credentials,
  'other-pattern': otherPattern,
  'stale-component': staleComponent,
  'new-settings': newSettings,
  commands,
  'kafka-outage': kafkaOutage,
  ...scenesOfAdministrators,
};
