/** Control characters, and those that turn the direction of text, would spoil what stands around them. */
// oxlint-disable-next-line no-control-regex
const UNRULY = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

/** One line of text without anything that could drive a terminal: names and messages come from outside. */
export function tame(text: string): string {
  return text.replace(UNRULY, ' ');
}
