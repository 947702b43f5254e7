/** How often it is shown on a terminal, and elsewhere; nothing is shown of what takes less. */
const showMs = { terminal: 500, other: 5000 };

/** Where it is shown. */
type Screen = NodeJS.WritableStream & { isTTY?: boolean };

/** Shows how far something is that may take long: a line that is written over on a terminal, else a line now and then. */
export interface ImportProgress {
  /** @param what is done now @param share from 0 to 1 @param count of what is done, for the rate */
  show(what: string, share: number, count: number): void;
  /** Takes the line away. */
  end(): void;
}

/** @param now milliseconds, rising */
export function importProgress(output: Screen, now: () => number = () => performance.now()): ImportProgress {
  const isTerminal = output.isTTY === true;
  const everyMs = isTerminal ? showMs.terminal : showMs.other;
  let step = { what: '', startMs: now(), count: 0, share: 0 };
  let shownMs = now();
  let isShown = false;
  return {
    show(what, share, count) {
      const nowMs = now();
      if (what !== step.what) step = { what, startMs: nowMs, count, share };
      if (nowMs - shownMs < everyMs) return;
      shownMs = nowMs;
      isShown = true;
      const seconds = Math.max((nowMs - step.startMs) / 1000, 0.001);
      const done = share - step.share;
      const left = done > 0 ? `, ${durationText((seconds * (1 - share)) / done)} left` : '';
      const rate = Math.round((count - step.count) / seconds).toLocaleString('en');
      const line = `${what}: ${Math.floor(share * 100)} %, ${count.toLocaleString('en')} (${rate}/s)${left}`;
      output.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
    },
    end() {
      if (isShown && isTerminal) output.write('\r\u001b[K');
    },
  };
}

function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 100) return `${whole} s`;
  return whole < 6000 ? `${Math.ceil(whole / 60)} min` : `${Math.ceil(whole / 3600)} h`;
}
