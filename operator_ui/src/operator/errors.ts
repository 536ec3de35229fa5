import type { ErrorCode } from '../protocol';

/** An error of the protocol; its code leads the message, because CDP carries the message alone. */
export class OperatorError extends Error {
  constructor(
    readonly code: ErrorCode,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`[${code}] ${reason}`, options);
    this.name = 'OperatorError';
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** *error* as the protocol's: a full disk is named as such, anything else gets *code*. */
export function asOperatorError(error: unknown, code: ErrorCode): OperatorError {
  if (error instanceof OperatorError) return error;
  const full = error instanceof DOMException && error.name === 'QuotaExceededError';
  const reason = full ? "The browser's disk is full" : messageOf(error);
  return new OperatorError(full ? 'storage_full' : code, reason, { cause: error });
}
