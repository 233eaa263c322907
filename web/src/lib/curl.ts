/** A line for a shell that asks the API. */
export function curlLine(origin: string, path: string, token: string): string {
  return `curl -H 'Authorization: Bearer ${token}' ${origin}/api/v1${path}`;
}
