/** Variables from a file (execline documentation, envfile). */
export function parseEnvfile(_content: string): { readonly variables: readonly (readonly [name: string, value: string])[] } | { readonly badLine: number } {
  return { badLine: 0 };
}
