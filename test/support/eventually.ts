/**
 * Waits for a condition of the world outside: looks again and again, and gives up with a name for what did not come.
 * @param tail what else the message of a failed test should say, e.g. the end of a log
 */
export async function eventually<Found>(
  what: string,
  look: () => Found | undefined | false | Promise<Found | undefined | false>,
  timeoutMs = 20_000,
  tail: () => string = () => '',
): Promise<Found> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}\n${tail()}`.trimEnd());
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
