import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { Lab } from '../support/processes.ts';
import { type Snmptrapd, snmpMissing, startSnmptrapd } from '../support/snmptrapd.ts';

const missing = snmpMissing();
let lab: Lab;
beforeEach(() => {
  lab = new Lab({ 'notify.snmp_auth_key_file': 'auth', 'notify.snmp_priv_key_file': 'priv', 'notify.language': 'en' });
  writeFileSync(join(lab.folder, 'auth'), 'authpass123\n');
  writeFileSync(join(lab.folder, 'priv'), 'privpass123\n');
});
afterEach(() => lab.close());

async function engineId(): Promise<string> {
  const { code, stdout, stderr } = await lab.command('notify', 'snmp-engine', '--format', 'json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return (JSON.parse(stdout) as { id: string }).id;
}

test('the engine id is made once, and is what createUser -e takes', async () => {
  const id = await engineId();
  const { stdout } = await lab.command('notify', 'snmp-engine');
  expect(stdout).toMatch(new RegExp(`^engine id 0x${id}\nboots     1\ntime      \\d+ s\n$`));
});

test('a damaged engine is told with what to do', async () => {
  await engineId();
  writeFileSync(join(lab.folder, 'state', 'snmp-engine.json'), '{');
  const { code, stderr } = await lab.command('notify', 'snmp-engine');
  expect(code).toBe(65);
  expect(stderr).toMatch(/snmp-engine\.json cannot be used: it is damaged\. Delete it/);
});

describe.skipIf(missing)(`a test to a real snmptrapd ${missing ?? ''}`.trim(), () => {
  const receivers: Snmptrapd[] = [];
  afterEach(() => Promise.all(receivers.splice(0).map((each) => each.stop())));

  async function trapd(id: string): Promise<Snmptrapd> {
    const keys = { auth: 'SHA-256', authKey: 'authpass123', priv: 'AES', privKey: 'privpass123' };
    const receiver = await startSnmptrapd({ users: [{ name: 'gateway', engineId: id, ...keys }] });
    receivers.push(receiver);
    return receiver;
  }

  test('says of each receiver what became of it, and never a community', async () => {
    const receiver = await trapd(await engineId());
    const [here, away] = [`127.0.0.1:${receiver.port}`, `127.0.0.1:${await freePort()}`];
    const { code, stdout, stderr } = await lab.commandWith(
      {
        'notify.snmp_receivers': `snmp://public@${here}?type=inform, snmp://hidden@${away}?type=inform, snmpv3://gateway@${here}`,
        'notify.snmp_timeout_ms': 200,
        'notify.snmp_retries': 0,
      },
      ...['notify', 'test', '--snmp', '--kind', 'server-unavailable'],
    );
    expect(code).toBe(69);
    expect(stdout.split('\n')).toEqual([
      `snmp snmp://${here}: confirmed`,
      expect.stringContaining(`snmp snmp://${away}: not now: no answer within 200 ms, asked once`),
      `snmp snmpv3://gateway@${here}: sent; nobody confirms a trap`,
      '',
    ]);
    expect(stdout + stderr).not.toMatch(/public|hidden/);
    const received = await eventually('both', () => receiver.received().length === 2 && receiver.received());
    expect(received.map(({ how }) => how)).toEqual([
      'INFORM, SNMP v2c, community public',
      'TRAP2, SNMP v3, user gateway, context ',
    ]);
    expect(received[0]?.values['snmpModules.1.1.4.1']).toBe('SEKISHO-MIB::sekishoServerUnavailable');
    expect(received[0]?.values.sekishoSummary).toMatch(/^TEST: /);
  });
});
