/** The texts of a time entry, derived from the account's seed and the entry's row: they take no memory. */
import type { ExternalReference } from './entries.ts';
import { mix } from './random.ts';

const VERBS = ['Reviewed', 'Drafted', 'Prepared', 'Fixed', 'Discussed', 'Measured', 'Rewrote', 'Tested'];
const THINGS = [
  'the landing page',
  'der Entwurf für Köln',
  'invoice templates',
  'search & filters',
  'Übergabe an die Töchter',
  'the “quoted” headline',
  'onboarding e-mails',
  'an API that answers "maybe"',
  'photo rights 📷',
  '[WIP] colour tokens',
  'la réunion d’équipe',
  'C:\\temp\\export.csv',
];
const SERVICES = ['trello.com', 'github.com', 'asana.com'];

/** Notes as first written: mostly a phrase, sometimes several lines, empty or null. */
export function derivedNotes(seed: number, row: number): string | null {
  const bits = mix(seed, row);
  const kind = bits % 100;
  if (kind < 7) return null;
  if (kind < 11) return '';
  const verb = VERBS[(bits >>> 7) % VERBS.length] ?? '';
  const thing = THINGS[(bits >>> 12) % THINGS.length] ?? '';
  if (kind < 20) return `${verb} ${thing}\n- first part\r\n- second part, #${row % 977}\n`;
  return `${verb} ${thing}`;
}

/** A reference to another tool, on about one entry in twenty. */
export function derivedReference(seed: number, row: number): ExternalReference | null {
  const bits = mix(seed + 1, row);
  if (bits % 20 !== 0) return null;
  const service = SERVICES[(bits >>> 8) % SERVICES.length] ?? '';
  const board = (bits >>> 10) % 40;
  return {
    id: `card-${row}`,
    group_id: bits % 40 === 0 ? null : `board-${board}`,
    account_id: bits % 60 === 0 ? null : `team-${board % 5}`,
    permalink: `https://${service}/boards/${board}/cards/${row}?view=full&lang=de`,
    service,
    service_icon_url: bits % 100 === 0 ? null : `https://proxy.example/icons/${service}.png`,
  };
}

/** Minute of the day at which the entry began, or null where only a duration was typed. */
export function derivedStart(seed: number, row: number): number | null {
  const bits = mix(seed + 2, row);
  return bits % 5 < 2 ? null : 7 * 60 + ((bits >>> 6) % 36) * 15;
}

/** Minute of the day as the account's clock writes it: `15:05` or `3:05pm`. */
export function clockTime(minute: number, clock: '12h' | '24h'): string {
  const hour = Math.floor(minute / 60) % 24;
  const rest = String(minute % 60).padStart(2, '0');
  if (clock === '24h') return `${String(hour).padStart(2, '0')}:${rest}`;
  return `${hour % 12 === 0 ? 12 : hour % 12}:${rest}${hour < 12 ? 'am' : 'pm'}`;
}
