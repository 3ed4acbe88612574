/** What BigQuery's answers and the errors of its client say, read by their shape. */

/** What is known of a failure, wherever it came from. */
export interface Facts {
  readonly status: number | null;
  readonly reason: string;
  readonly message: string;
}

/** The HTTP status that an error carries in one of its properties; null where there was no answer. */
export function statusOf(error: object): number | null {
  const {
    code,
    status: own,
    response,
  } = error as { code?: unknown; status?: unknown; response?: { status?: unknown; statusCode?: unknown } };
  const found = [code, own, response?.status, response?.statusCode].find(
    (value) => typeof value === 'number' || /^[1-5]\d\d$/.test(String(value)),
  );
  return found === undefined ? null : Number(found);
}

/** Reason and message of a refused request's body: Google's error object, OAuth's, a text or a page. */
export function factsOfBody(body: unknown): { readonly reason: string; readonly message: string } {
  if (typeof body !== 'object' || body === null)
    return { reason: '', message: withoutMarkup(typeof body === 'string' ? body : '') };
  const { error } = body as { error?: unknown };
  if (typeof error === 'string')
    return {
      reason: error,
      message: (body as { error_description?: string }).error_description ?? error,
    };
  if (typeof error !== 'object' || error === null) return { reason: '', message: '' };
  const { errors, message } = error as { errors?: readonly unknown[]; message?: unknown };
  const first = factsOfError(errors?.[0]);
  return { reason: first.reason, message: typeof message === 'string' ? message : first.message };
}

/** Reason and message of one error of Google's. */
export function factsOfError(error: unknown): { readonly reason: string; readonly message: string } {
  if (typeof error !== 'object' || error === null) return { reason: '', message: '' };
  const { reason, message } = error as { reason?: unknown; message?: unknown };
  return {
    reason: typeof reason === 'string' ? reason : '',
    message: typeof message === 'string' ? message : '',
  };
}

/** A text without HTML: a page's title, or its words. */
export function withoutMarkup(text: string): string {
  if (!/<[a-z!/]/i.test(text)) return text;
  const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1]?.trim();
  return title
    ? title
    : text
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim();
}
