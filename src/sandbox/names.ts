/** Invented names, with the letters and signs that real accounts hold. */

// prettier-ignore
export const FIRST_NAMES = [
  'Amélie', 'Björn', 'Chioma', 'Dmitri', 'Esra', 'Fionn', 'Grace', 'Hiroshi', 'Ingrid', 'João', 'Kavya', 'Łukasz',
  'María', 'Nils', 'Oluwaseun', 'Paula', 'Quentin', 'Renée', 'Søren', 'Tomás', 'Uschi', 'Valentina', 'Wei', 'Yusuf',
] as const;

// prettier-ignore
export const LAST_NAMES = [
  'Almeida', 'Brøgger', 'Çelik', 'D’Angelo', 'Eriksen', 'Fuchs', 'García-López', 'Haddad', 'Ivanova', 'Jørgensen',
  'Kowalski', 'Lindqvist', 'Müller', 'Núñez', "O'Brien", 'Petrov', 'Quist', 'Rossi', 'Schäfer', 'Tanaka', 'van den Berg',
] as const;

// prettier-ignore
export const CLIENT_NAMES = [
  'Müller & Söhne "Nord" GmbH', "O'Reilly — 🎨 Studio", '[Alpha] Brackets Ltd', 'Kaffeerösterei Straßburg', 'Northwind Traders',
  'back\\slash systems', 'Ünïcödé, Inc.', '100 % Natur <b>KG</b>', 'Fjord & Fjell AS', 'Blue Heron Books', 'Ça Va Bien SARL',
  'Halifax Ferries', 'Zwölf Apostel', 'Orchard Health', 'Pied à Terre', '株式会社みどり', 'Tides\tand Tabs', 'Quarry Lane LLP',
] as const;

// prettier-ignore
export const PROJECT_NAMES = [
  'Website relaunch', '[Beta] Campaign', 'Brand "Refresh"', 'Annual report', 'Köln trade fair', 'App – phase 1', 'App – phase 2',
  'Shop & search', 'Retainer', 'Photo library 📷', 'Newsletter', 'Data migration', 'Signage', 'Onboarding e-learning',
] as const;

// prettier-ignore
export const TASK_NAMES = [
  'Design', 'Programming', 'Project management', 'Texte & Übersetzung', 'Research', 'Meetings', 'Internal', 'Photography',
  'Quality "assurance"', 'Support [on call]', 'Travel', 'Accessibility review',
] as const;

export const ROLE_NAMES = ['Design', 'Development', 'Management', 'Büro Köln', 'Nobody yet'] as const;

export const TIME_ZONES = [
  'Berlin',
  'Eastern Time (US & Canada)',
  'London',
  'Kyiv',
  'Pacific Time (US & Canada)',
] as const;

/** Name, unit and price of an expense category. */
export const EXPENSE_CATEGORIES: readonly (readonly [string, string | null, number | null])[] = [
  ['Meals', null, null],
  ['Mileage', 'mile', 0.575],
  ['Lodging', null, null],
  ['Transport „ÖPNV“', null, null],
  ['Per diem', 'day', 28],
  ['Old: Telephone', null, null],
];
