import { type ExitCode, exitCodes } from './exit-codes.ts';

/** A command cannot do what it was asked to; the message says why in one line, for a person. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}

const byErrorName: Readonly<Record<string, ExitCode>> = {
  SettingsError: exitCodes.config,
  JournalUnavailable: exitCodes.tempFail,
  JournalLocked: exitCodes.tempFail,
  JournalMissing: exitCodes.noInput,
  JournalDamaged: exitCodes.dataError,
  JournalNewer: exitCodes.dataError,
  ViewFileUnusable: exitCodes.ioError,
  OutboxUnusable: exitCodes.ioError,
  BackupRefused: exitCodes.dataError,
  DatabaseDamaged: exitCodes.dataError,
  TokensUnusable: exitCodes.config,
  StateInUse: exitCodes.usage,
  ViewDamaged: exitCodes.tempFail,
  ViewTaken: exitCodes.tempFail,
};

const bySystemCode: Readonly<Record<string, ExitCode>> = {
  EADDRINUSE: exitCodes.unavailable,
  EADDRNOTAVAIL: exitCodes.unavailable,
  ECONNREFUSED: exitCodes.unavailable,
  ENOENT: exitCodes.noInput,
  EACCES: exitCodes.noPermission,
  EPERM: exitCodes.noPermission,
  ENOSPC: exitCodes.ioError,
  EIO: exitCodes.ioError,
  EROFS: exitCodes.ioError,
  ENOTDIR: exitCodes.ioError,
  EEXIST: exitCodes.ioError,
};

/** The exit code for whatever a command threw; an error that says nothing itself is judged by its cause. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandFailure) return error.exitCode;
  if (!(error instanceof Error)) return exitCodes.software;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return byErrorName[error.name] ?? bySystemCode[code] ?? exitCodeOf(error.cause);
}
