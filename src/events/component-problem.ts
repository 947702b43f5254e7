/**
 * Why a newer version of a component was not taken; the one in use stays. `interrupted`: the download broke off, and goes on from there;
 * `corrupted`: not what the signed manifest says; `malformed`: signed, but no manifest of this component; `wrongly-signed`: by no key that
 * is trusted; `no-key`: no key to trust is there; `replayed-older`: older than one that was seen; `too-large`: over our limits;
 * `disk-full`, `not-stored`: the disk has no room, or another trouble;
 * `does-not-load`, `probe-failed`: it cannot be used, or misses what it must find, or finds what it must not; `rolled-back`: that
 * version is refused until a newer one comes; `nothing-before`: no version to roll back to.
 */
export const componentProblems = [
  'interrupted',
  'corrupted',
  'malformed',
  'wrongly-signed',
  'no-key',
  'replayed-older',
  'disk-full',
  'not-stored',
  'too-large',
  'does-not-load',
  'probe-failed',
  'rolled-back',
  'nothing-before',
] as const;
export type ComponentProblem = (typeof componentProblems)[number];

/** Trouble of this machine or its settings, for which no server is to blame. */
const ours: readonly ComponentProblem[] = ['no-key', 'disk-full', 'not-stored', 'rolled-back', 'nothing-before'];

/** Whether the server that offers the component has nothing to do with it: no fail count moves. */
export function isOurs(problem: ComponentProblem): boolean {
  return ours.includes(problem);
}
