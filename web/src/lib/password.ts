export const SHORTEST_PASSWORD = 12;

/** Why a new password is refused, or null. */
export function passwordProblem(password: string): string | null {
  const length = [...password].length;
  if (length >= SHORTEST_PASSWORD) return null;
  return length === 0
    ? 'Choose a password.'
    : `This has ${length} of at least ${SHORTEST_PASSWORD} characters. Several words are easy to remember.`;
}

export function repeatProblem(repeated: string, password: string): string | null {
  return repeated === password ? null : 'This is not the same password.';
}
