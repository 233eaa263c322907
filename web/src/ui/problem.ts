import type { UseFormReturnType } from '@mantine/form';
import { ApiError, UnreachableError } from '../api/client';
import { quoted } from '../lib/format';

export interface Told {
  message: string;
  advice: string | null;
  code: string;
  requestId: string | null;
}

/** What a person is told about any error. */
export function tell(error: unknown): Told {
  if (error instanceof ApiError) {
    const { message, advice, code, request_id } = error.problem;
    return { message: quoted(message), advice: advice ? quoted(advice) : null, code, requestId: request_id || null };
  }
  if (error instanceof UnreachableError) {
    return {
      message: 'The server did not answer.',
      advice: 'Check that Haloscope runs and that this computer reaches it, then try again.',
      code: 'unreachable',
      requestId: null,
    };
  }
  return {
    message: 'This page stopped because of a fault in it.',
    advice: 'Load the page again. If it stays, report it with the details.',
    code: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    requestId: null,
  };
}

/** For support: enough to find the request in the server's log, and nothing of what the page shows. */
export function details(error: unknown): string {
  const { message, code, requestId } = tell(error);
  const lines = [message, `code: ${code}`, `page: ${window.location.pathname}`, `at: ${new Date().toISOString()}`];
  if (requestId) lines.splice(2, 0, `request: ${requestId}`);
  return lines.join('\n');
}

/**
 * Puts the sentences of an `invalid` answer at their fields and the cursor into the first of them. Answers the error if
 * something of it found no field and must be shown above the form, else null.
 */
export function placeProblem<Values extends Record<string, unknown>>(
  form: UseFormReturnType<Values>,
  error: unknown,
): unknown {
  const fields = error instanceof ApiError ? error.problem.fields : null;
  const known = Object.entries(fields ?? {}).filter(([field]) => field in form.getValues());
  if (known.length === 0) return error;
  form.setErrors(Object.fromEntries(known));
  focusFirst(form, Object.fromEntries(known));
  return known.length === Object.keys(fields ?? {}).length ? null : error;
}

/** For the second argument of `form.onSubmit`: a person who submits by keyboard lands where something is to be mended. */
export function focusFirst<Values extends Record<string, unknown>>(
  form: UseFormReturnType<Values>,
  errors: Record<string, unknown>,
): void {
  const first = Object.keys(form.getValues()).find((field) => errors[field]);
  if (first) form.getInputNode(first)?.focus();
}

/** For `enhanceGetInputProps`: Mantine's password field says only by its colour that it is wrong. */
export function sayInvalid({ inputProps }: { inputProps: { error?: unknown } }) {
  return { 'aria-invalid': Boolean(inputProps.error) };
}
