/** A variable that a text uses without a default and that has no value. */
export interface MissingVariable {
  readonly name: string;
  readonly state: 'not set' | 'empty';
}

/** A text with its variables filled in. */
export interface Interpolated {
  readonly text: string;
  /** Variables that were used, in order. */
  readonly names: readonly string[];
  readonly missing: readonly MissingVariable[];
  /** Nothing but variables: no part of the text stood in the file, save for defaults. */
  readonly wholly: boolean;
  /** The defaults of all variables in a row, whether they were used or not. */
  readonly defaults: string;
  /** Whether a default stood in for a variable. */
  readonly hasFallenBack: boolean;
  /** An expression that is neither `${NAME}` nor `${NAME:-default}`, or null. */
  readonly malformed: string | null;
}

const EXPRESSION = /\$\$\{|\$\{[^}]*(?:\}|$)/g;

/**
 * Fills in `${NAME}` and `${NAME:-default}` (the default also stands in for an empty value); `$${` is a literal `${`.
 * Acts on one parsed value, so what a variable holds can never change the structure of the file, and is not looked
 * at again.
 */
export function interpolate(text: string, variables: ReadonlyMap<string, string>): Interpolated {
  const names: string[] = [];
  const missing: MissingVariable[] = [];
  let malformed: string | null = null;
  let defaults = '';
  let hasFallenBack = false;
  const filled = text.replace(EXPRESSION, (expression) => {
    if (expression === '$${') return '${';
    const use = readUse(expression);
    if (use === null) {
      malformed ??= expression;
      return '';
    }
    const { name, fallback } = use;
    names.push(name);
    defaults += fallback ?? '';
    const value = variables.get(name) ?? '';
    if (value !== '') return value;
    if (fallback === null) missing.push({ name, state: variables.has(name) ? 'empty' : 'not set' });
    else hasFallenBack = true;
    return fallback ?? '';
  });
  const wholly =
    names.length > 0 && text.replace(EXPRESSION, (found) => (found === '$${' ? found : '')) === '';
  return { text: filled, names, missing, wholly, defaults, hasFallenBack, malformed };
}

/** A use of a variable, taken apart; null: it is none. */
function readUse(expression: string): { readonly name: string; readonly fallback: string | null } | null {
  const [, name, fallback = null] = /^\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}$/.exec(expression) ?? [];
  return name === undefined || fallback?.includes('${') === true ? null : { name, fallback };
}
