const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads a duration: a whole number and one unit of `s`, `m`, `h`, `d` (a day is 24 hours).
 *
 *     '25m' → 1500000        'two' → null        '1.5h' → null
 *
 * @returns milliseconds, or null where the text is no duration or too long to be exact
 */
export function parseDuration(text: string): number | null {
  const match = /^([0-9]+)([smhd])$/.exec(text);
  const unitMs = UNIT_MS[match?.[2] ?? ''];
  if (match === null || unitMs === undefined) return null;
  const ms = Number(match[1]) * unitMs;
  return Number.isSafeInteger(ms) ? ms : null;
}
