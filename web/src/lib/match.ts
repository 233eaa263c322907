/** Compares as people type: "halopsa", "HaloPSA", "Halo PSA" and "halo-psa" are the same word. */
export function matches(name: string, typed: string): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  return plain(name).includes(plain(typed));
}
