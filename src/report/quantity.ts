/** Numbers, times and amounts as people read them; every screen uses these. */

/** `18412` → `18 412`. */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}

/** `1, 'row'` → `1 row`; `18412, 'row'` → `18 412 rows`. Pass the plural where an s is not enough. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Bytes in thousands, as sizes in the configuration: `346030080` → `346 MB`, `1500000000` → `1.5 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let amount = bytes;
  let unit = 0;
  // 999.5 and more would read as 1000
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const text = amount < 9.95 && unit > 0 ? amount.toFixed(1) : String(Math.round(amount));
  return `${text} ${units[unit]}`;
}

/** `9.23` → `9.2 s`; `134` → `2 min 14 s`; `3720` → `1 h 02 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** Time gone by, with the one unit that matters: `45 s`, `12 min`, `3.2 h`, `1.1 d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86_400).toFixed(1)} d`;
}

/** `65` → `1:05`, the clock of a running job. */
export function formatClock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${pad(Math.floor(seconds) % 60)}`;
}

/** `2026-11-20T06:00:02.412Z` → `2026-11-20 06:00`; other text stays. */
export function formatInstant(iso: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)/.exec(iso);
  return parts === null ? iso : `${parts[1]} ${parts[2]}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
