/** A property that does not hold, in words. */
export class ModelFailure extends Error {
  override readonly name = 'ModelFailure';

  constructor(what: string, problems: readonly string[]) {
    super([what, ...problems.slice(0, 30).map((problem) => `  ${problem}`)].join('\n'));
  }
}
