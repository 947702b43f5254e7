/** Exit codes, from sysexits.h but for `sekisho status` and `sekisho scan`, so that scripts and service managers can tell failures apart. */
export const exitCodes = {
  /** Done. */
  ok: 0,
  /** As clamscan has it, for `sekisho scan`: malware was found; something could not be read, or not for sure. */
  malware: 1,
  unscanned: 2,
  /** As the Linux Standard Base has it for `status`: the process has ended, its pid file is still there. */
  dead: 1,
  /** The same: it does not run. */
  notRunning: 3,
  /** Wrong arguments. */
  usage: 64,
  /** The input has wrong content. */
  dataError: 65,
  /** An input file is not there or cannot be read. */
  noInput: 66,
  /** Something that is needed cannot be had: a port in use, a server that does not answer. */
  unavailable: 69,
  /** A defect of ours. */
  software: 70,
  /** A file cannot be written: disk full, input/output error. */
  ioError: 74,
  /** Try again later. */
  tempFail: 75,
  /** Not permitted by the operating system. */
  noPermission: 77,
  /** The settings are wrong. */
  config: 78,
} as const;

/** One of `exitCodes`. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
