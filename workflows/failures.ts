import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure } from '@temporalio/workflow';
import type { FailureType } from '../contracts/errors.ts';

/** Whether an activity or child ended with this failure of the catalogue. The type is the identity: `instanceof` our own classes is lost on the way. */
export function failed(error: unknown, type: FailureType): boolean {
  if (error instanceof ApplicationFailure) return error.type === type;
  return (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) && failed(error.cause, type);
}

/** The message of the innermost cause: the wrappers say only that an activity failed. */
export function rootMessage(error: unknown): string {
  const { cause, message } = error as { cause?: unknown; message?: string };
  return cause ? rootMessage(cause) : (message ?? String(error));
}
