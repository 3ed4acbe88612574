/** Exact sums of decimals: texts become whole numbers of 10⁻¹⁸. Pure. */

const DECIMALS = 18;

/** `1.5` → 1500000000000000000n; null and the empty text are 0. */
export function toUnits(text: string | null | undefined): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text ?? '');
  if (match === null) return 0n;
  const [, sign, whole = '', fraction = ''] = match;
  const units = BigInt(whole + fraction.slice(0, DECIMALS).padEnd(DECIMALS, '0'));
  return sign === '-' ? -units : units;
}

/** 1500000000000000000n → `1.5` */
export function fromUnits(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(DECIMALS + 1, '0');
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  const text = `${digits.slice(0, -DECIMALS)}${fraction === '' ? '' : `.${fraction}`}`;
  return units < 0n ? `-${text}` : text;
}

/** How far two numbers lie apart. */
export function distance(one: bigint, other: bigint): bigint {
  return one > other ? one - other : other - one;
}

/** Half a cent. */
export const HALF_CENT = 5n * 10n ** BigInt(DECIMALS - 3);
