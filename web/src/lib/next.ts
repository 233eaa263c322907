/** The path to go to after signing in. Only a path of this site: `//evil.example` and `/\evil.example` lead elsewhere. */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || !/^\/(?![/\\])/.test(next)) return '/';
  return next.startsWith('/sign-in') ? '/' : next;
}
