/** A text between single quotes, as the shells of Unix read it: `it's` → `'it'\''s'`. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The same for fish, in whose quotes a backslash counts too. */
export function fishQuote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}

/** The same for PowerShell, where a quote is doubled. */
export function powerShellQuote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
