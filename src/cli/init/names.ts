/** Names that are proposed where nobody has given one. Pure. */

/** Letters that do not come apart into a plain one and an accent. */
const SPELLED: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  ø: 'o',
  œ: 'oe',
  ł: 'l',
  đ: 'd',
  '&': ' and ',
};

/** Legal forms say nothing about which account it is. */
const LEGAL_FORMS = /_(?:gmbh|ag|kg|ug|se|ltd|llc|inc|corp|bv|b_v|sa|sas|sarl|srl|oy|ab|as|aps)$/;

const LONGEST = 40;

/** `Müller & Söhne GmbH` → `muller_and_sohne`; without a usable letter `account_123456`. */
export function connectorName(company: string | null, accountId: string): string {
  const plain = (company ?? '')
    .toLowerCase()
    .replaceAll(/[ßæøœłđ&]/g, (letter) => SPELLED[letter] ?? '')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replace(/^[_0-9]+/, '')
    .replace(/_+$/, '');
  const short = plain.replace(LEGAL_FORMS, '').slice(0, LONGEST).replace(/_+$/, '');
  return short === '' ? `account_${accountId}` : short;
}

/** The secret of a connector's token, as a reference: `sm://acme-data/harvest-acme-token`. */
export function tokenSecret(project: string, connector: string): string {
  return `sm://${project}/harvest-${connector.replaceAll('_', '-')}-token`;
}

/** The secret of its hash key, beside that of the token. */
export function hashKeySecret(tokenReference: string): string {
  const bare = tokenReference.replace(/#.*$/, '');
  return bare.endsWith('-token') ? bare.replace(/-token$/, '-hash-key') : `${bare}-hash-key`;
}
