/** The hub's own REST API, as `/api/events` and the others answer it. Paths are relative: a proxy may have put the page under another. */

/** What the hub answered to a request it refused, in its own words. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: string,
    message: string,
    /** Each broken rule, where there are some. */
    readonly errors: readonly { field: string; message: string }[] = [],
  ) {
    super(message);
  }
}

/** What a POST answers. */
export interface Accepted {
  id?: string;
  type: string;
  connections: number;
  shared: boolean;
}

export type BroadcastPath = '' | '/action' | '/overlay' | '/telemetry';

/** @param body what to send, or its JSON as a user wrote it */
export function broadcast(path: BroadcastPath, body: object | string): Promise<Accepted> {
  return request<Accepted>(`api/events/broadcast${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** An answer of at least one of these statuses is no error. @throws ApiError */
export async function request<T>(path: string, init: RequestInit = {}, alsoGood: readonly number[] = []): Promise<T> {
  let response: Response;

  try {
    response = await fetch(path, { ...init, cache: 'no-store' });
  } catch {
    throw new ApiError('UNREACHABLE', 'the hub does not answer');
  }

  const body = (await response.json().catch(() => ({}))) as { code?: string; message?: string; errors?: [] };
  if (response.ok || alsoGood.includes(response.status)) return body as T;

  throw new ApiError(
    body.code ?? `HTTP_${response.status}`,
    body.message ?? `the hub answered ${response.status}`,
    body.errors,
  );
}

/** The line of a shell that posts this to the hub. */
export function curlLine(path: BroadcastPath, body: object): string {
  const url = new URL(`api/events/broadcast${path}`, document.baseURI).href;

  return `curl ${url} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
}
