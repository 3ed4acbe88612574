/** A signal that never fires, for what has to be waited for whether the run has to end or not. */
export const NEVER = new AbortController().signal;
