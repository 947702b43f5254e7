import { styleText } from 'node:util';
import { printable } from '../events/printable.ts';
import type { GatewayOverview } from '../projections/servers/overview.ts';
import type { ComponentRow, EngineRow, MethodRow, RelayRow, ServerRow } from '../projections/servers/rows.ts';

/** Width of the first column. */
const nameWidth = 28;

type Colour = 'green' | 'yellow' | 'red';

/** What `sekisho servers` shows of a gateway: a line for each statechart, which says all by itself. */
export function gatewayLines({ state, epoch, since, ...gateway }: GatewayOverview): string[] {
  const { searchMethod, servers, engines, components, relays } = gateway;
  return [
    line('scan service', state, [`epoch ${epoch}`, `since ${since}`]),
    ...(searchMethod ? [methodLine(searchMethod)] : []),
    ...servers.map(serverLine),
    ...engines.map(engineLine),
    ...components.map(componentLine),
    ...relays.map(relayLine),
  ];
}

function line(name: string, state: string, facts: readonly string[], colour?: Colour): string {
  const known = [state, ...facts.filter((fact) => fact !== '')].join(', ');
  const text = `${printable(name).padEnd(nameWidth)} ${printable(known)}`;
  return colour === undefined ? text : styleText(colour, text, { stream: process.stdout });
}

function methodLine({ state, since }: MethodRow): string {
  return line('search method', state, [`since ${since}`], state === 'Conventional' ? 'red' : undefined);
}

const serverColours: Readonly<Record<string, Colour>> = {
  Healthy: 'green',
  Failing: 'yellow',
  Throttled: 'yellow',
  LeftOut: 'yellow',
  CachedInvalid: 'red',
  FailedOver: 'red',
};

function serverLine({ server, service, required, state, failCount, threshold, ...row }: ServerRow): string {
  const { since, invalidUntil, lastFailure } = row;
  const facts = [
    service === undefined ? '' : required ? 'required' : 'advisory',
    failCount > 0 ? `${failCount} failures in a row (more than ${threshold} trip)` : '',
    `since ${since}`,
    invalidUntil === undefined ? '' : `not asked until ${invalidUntil}`,
    lastFailure === undefined ? '' : `last failure: ${lastFailure}`,
  ];
  const name = service === undefined ? `server ${server}` : `service ${server} (${service})`;
  return line(name, state, facts, serverColours[state]);
}

function engineLine({ engine, server, state, failCount, threshold, since, lastFailure }: EngineRow): string {
  const facts = [
    failCount > 0 ? `${failCount} failures in a row (more than ${threshold} trip)` : '',
    `since ${since}`,
    lastFailure === undefined ? '' : `last failure: ${lastFailure}`,
  ];
  return line(`${engine} ${server}`, state, facts, state === 'Probing' ? 'red' : serverColours[state]);
}

const componentColours: Readonly<Record<string, Colour>> = { Failed: 'yellow', RolledBack: 'yellow', Stale: 'red' };

function componentLine({
  component,
  state,
  version,
  confirmed,
  failures = 0,
  lastFailure,
  heldBack,
}: ComponentRow): string {
  const facts = [
    version === null ? 'no version yet' : `version ${version}`,
    confirmed === undefined ? '' : `the newest at ${confirmed}`,
    heldBack === undefined ? '' : `${heldBack} is held back`,
    failures === 0 || lastFailure === undefined ? '' : `${failures} failed in a row, the last by ${lastFailure.kind}`,
  ];
  return line(`component ${component}`, state, facts, componentColours[state]);
}

function relayLine({ to, state, since, failure = '' }: RelayRow): string {
  return line(
    to === 'kafka' ? 'Kafka' : 'syslog',
    state,
    [`since ${since}`, failure],
    state === 'Relaying' ? undefined : 'yellow',
  );
}
