const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/**
 * Reads a size: a whole number and a unit; `kB MB GB TB` count in thousands, `KiB MiB GiB TiB` in 1024s.
 *
 *     '10GB' → 10000000000        '1KiB' → 1024        'ten' → null
 *
 * @returns bytes, or null where the text is no size or too large to be exact
 */
export function parseSize(text: string): number | null {
  const match = /^([0-9]+)([A-Za-z]+)$/.exec(text);
  const unit = match?.[2] ?? '';
  const unitBytes = Object.hasOwn(UNIT_BYTES, unit) ? UNIT_BYTES[unit] : undefined;
  if (match === null || unitBytes === undefined) return null;
  const bytes = Number(match[1]) * unitBytes;
  return Number.isSafeInteger(bytes) ? bytes : null;
}
