/** How values read as text, the same from every warehouse. Pure. */

/** An instant in microseconds since 1970 as ISO text: no fraction, milliseconds or microseconds, as needed. */
export function instantText(micros: bigint): string {
  const within = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const whole = new Date(Number((micros - within) / 1000n)).toISOString().slice(0, -5);
  if (within === 0n) return `${whole}Z`;
  const digits = within.toString().padStart(6, '0');
  return `${whole}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`;
}

/** A decimal without zeros at its end: `1.500000000` → `1.5`. */
export function minimal(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}

/** Whether a text is a day of the calendar, from year 1 on, written `2026-11-29`. */
export function isDate(text: string): boolean {
  if (!/^(?!0000)\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  // a day that its month does not have becomes one of the next month
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
