/** How often a terminal is written to. */
const showMs = 200;

/** Shows how far something is: a line that is written over on a terminal, else a line when each step is done. */
export function progressLine(
  output: NodeJS.WritableStream & { isTTY?: boolean },
): (what: string, share: number) => void {
  let shownMs = Number.NEGATIVE_INFINITY;
  return (what, share) => {
    const isDone = share >= 1;
    const isTerminal = output.isTTY === true;
    if (!isDone && (!isTerminal || performance.now() - shownMs < showMs)) return;
    shownMs = performance.now();
    output.write(
      `${isTerminal ? '\r\u001b[K' : ''}${what}: ${isDone ? 'done' : `${Math.floor(share * 100)} %`}${isDone ? '\n' : ''}`,
    );
  };
}
