/** What the hub says when it will not: its status, its code and words for a person. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    text: string,
  ) {
    super(text);
  }
}

async function answer<T>(response: Response): Promise<T> {
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  const { code = "", text = "" } = (body ?? {}) as { code?: string; text?: string };
  throw new Refused(response.status, code, text);
}

// A phone that left the Wi-Fi may wait for minutes; nobody waits longer for a button than this.
const PATIENCE_MS = 8_000;
// Phones of before 2022 lack it; they wait as long as their browser does.
const patience = () => (AbortSignal as Partial<typeof AbortSignal>).timeout?.(PATIENCE_MS) ?? null;

export async function get<T>(path: string): Promise<T> {
  return answer<T>(await fetch(path, { cache: "no-store", signal: patience() }));
}

/** X-Instep is a header that a form on another site cannot set. */
export async function send<T = unknown>(method: string, path: string, body: object = {}): Promise<T> {
  return answer<T>(
    await fetch(path, {
      method,
      headers: { "Content-Type": "application/json", "X-Instep": "1" },
      body: JSON.stringify(body),
      keepalive: true,
      signal: patience(),
    }),
  );
}

export const post = <T = unknown>(path: string, body: object = {}): Promise<T> => send<T>("POST", path, body);
