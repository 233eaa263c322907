const LAST = 'reloaded_at';
const AGAIN_MS = 10_000;

/** A part of the app could not be fetched: after an update of the server it is gone, or the server does not answer. */
export class MissingPartError extends Error {
  constructor(cause: unknown) {
    super('A part of the app could not be fetched.', { cause });
    this.name = 'MissingPartError';
  }
}

const BROWSERS_SAY = /dynamically imported module|importing a module script failed|unable to preload css/i;

export function isMissingPart(error: unknown): boolean {
  return error instanceof MissingPartError || (error instanceof Error && BROWSERS_SAY.test(error.message));
}

/**
 * Loads the page anew, which then knows the parts of the updated server; answers false where that would not help: the server
 * does not answer (the browser would show its own error in place of ours), or it was tried a moment ago.
 */
export async function reloadIfUpdated(againMs = AGAIN_MS): Promise<boolean> {
  if (Date.now() - Number(sessionStorage.getItem(LAST)) < againMs) return false;
  const answers = await fetch('/healthz', { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );
  if (!answers) return false;
  sessionStorage.setItem(LAST, String(Date.now()));
  window.location.reload();
  return true;
}
