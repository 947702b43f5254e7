import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** A clock that does not jump and that all processes of this machine share. */
export interface MachineClock {
  /** Another one after each start of the machine. */
  readonly machineStart: string;
  /** Seconds since then. */
  uptimeSeconds(): number;
}

/** Linux's own. */
export const machineClock: MachineClock = {
  get machineStart() {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  },
  uptimeSeconds: uptime,
};
