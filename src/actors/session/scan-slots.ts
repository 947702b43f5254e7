/** Places for scans in progress (`[scan] scans_max`); who finds none waits in line. */
export interface ScanSlots {
  /** Resolves with the way to give the place back. */
  take(max: number): Promise<() => void>;
}

/** No time limit of its own: each scan before ends within `message_seconds_max` (D18). */
export function createScanSlots(): ScanSlots {
  const line: (() => void)[] = [];
  let taken = 0;
  const give = () => {
    taken--;
    line.shift()?.();
  };
  return {
    async take(max) {
      while (taken >= max) await new Promise<void>((resolve) => line.push(resolve));
      taken++;
      return give;
    },
  };
}
