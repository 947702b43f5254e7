import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, replaceFile } from '../files/durable-file.ts';
import { giveToOwner } from '../files/give-to-owner.ts';
import { type MachineClock, machineClock } from './machine-clock.ts';

/** Who we are to receivers of SNMPv3 traps (RFC 3414 2.2): `snmpEngineID`, `snmpEngineBoots` and `snmpEngineTime`. */
export interface SnmpEngine {
  /** Hexadecimal, as `createUser -e 0x…` of snmptrapd wants it. */
  readonly id: string;
  readonly boots: number;
  /** Seconds since the last growth of `boots`. */
  timeSeconds(): number;
}

/** `snmp-engine.json` in the state folder. */
interface EngineFile {
  id: string;
  boots: number;
  /** When boots last grew, by the machine's clock. */
  machineStart: string;
  uptimeSeconds: number;
}

/** RFC 3414 2.2.2: at this number of boots an engine must get another id. */
const bootsMax = 2 ** 31 - 1;

/** Enterprise 32473 (RFC 5612) with the bit of RFC 3411's form, then 5: octets of our own choice, here 12 by chance. */
const newId = () => `80007ed905${randomBytes(12).toString('hex')}`;

/** The folder's engine after a start of whoever sends traps: boots are one more, durably. Throws when its file is damaged. */
export async function bootEngine(folder: string, clock: MachineClock = machineClock): Promise<SnmpEngine> {
  const { id, boots } = (await readEngine(folder)) ?? { id: newId(), boots: 0 };
  if (boots >= bootsMax - 1) throw new Error(damaged(folder, 'it has been started too often'));
  const { machineStart } = clock;
  const file = { id, boots: boots + 1, machineStart, uptimeSeconds: clock.uptimeSeconds() };
  await makeFolder(folder);
  const content = Buffer.from(`${JSON.stringify(file)}\n`);
  await replaceFile(enginePath(folder), join(folder, `.snmp-engine-${randomUUID()}`), [content]);
  await giveToOwner(folder, [enginePath(folder)]);
  return running(file, clock);
}

/**
 * The folder's engine beside a process that may have booted it: with that one's boots and time, as receivers refuse traps
 * with less of either. Boots it when nobody has since the machine started. Throws when its file is damaged.
 */
export async function joinEngine(folder: string, clock: MachineClock = machineClock): Promise<SnmpEngine> {
  const file = await readEngine(folder);
  return file?.machineStart === clock.machineStart ? running(file, clock) : bootEngine(folder, clock);
}

function running({ id, boots, uptimeSeconds }: EngineFile, clock: MachineClock): SnmpEngine {
  return { id, boots, timeSeconds: () => Math.max(0, Math.floor(clock.uptimeSeconds() - uptimeSeconds)) };
}

const enginePath = (folder: string) => join(folder, 'snmp-engine.json');

const damaged = (folder: string, why: string) =>
  `${enginePath(folder)} cannot be used: ${why}. Delete it, and give the new engine id (sekisho notify snmp-engine) to all receivers of SNMPv3 traps`;

async function readEngine(folder: string): Promise<EngineFile | undefined> {
  const text = await readFile(enginePath(folder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const file = parsed(text);
  if (file === undefined) throw new Error(damaged(folder, 'it is damaged'));
  return file;
}

function parsed(text: string): EngineFile | undefined {
  try {
    const file = JSON.parse(text) as Partial<EngineFile> | null;
    const { id, boots, machineStart, uptimeSeconds } = file ?? {};
    if (typeof id !== 'string' || !/^(?:[0-9a-f]{2}){5,32}$/.test(id)) return undefined;
    if (!Number.isInteger(boots) || Number(boots) < 1 || typeof machineStart !== 'string') return undefined;
    return Number.isFinite(uptimeSeconds) ? (file as EngineFile) : undefined;
  } catch {
    return undefined;
  }
}
