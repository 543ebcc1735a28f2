/** A live line to the hub: frames over SSE, the newest wins, and it comes back by itself. */

export interface Line<Frame> {
  frame(frame: Frame): void;
  /** True from the first byte of a connection until it breaks. */
  linked(up: boolean): void;
  /** The hub answered with an error status; the line is closed for good. */
  refused(status: number): void;
}

// The hub restarts in a few seconds; a shorter pause would only knock at a closed door.
const RETRY_MS = 2_000;

/** The status behind an EventSource that closed: the browser does not tell it. */
async function statusOf(url: string): Promise<number> {
  const abort = new AbortController();
  try {
    const response = await fetch(url, { headers: { Accept: "text/event-stream" }, signal: abort.signal });
    return response.status;
  } catch {
    return 0;
  } finally {
    abort.abort();
  }
}

/** Listens until the function it returns is called. */
export function listen<Frame>(url: string, line: Line<Frame>): () => void {
  let source: EventSource | null = null;
  let timer = 0;
  let closed = false;

  const close = () => {
    closed = true;
    clearTimeout(timer);
    source?.close();
  };
  const again = async () => {
    const status = await statusOf(url);
    if (closed) return;
    if (status >= 400 && status < 500 && status !== 429) {
      close();
      line.refused(status);
    } else {
      timer = window.setTimeout(open, RETRY_MS);
    }
  };
  const open = () => {
    if (closed) return;
    source = new EventSource(url);
    source.onopen = () => line.linked(true);
    source.onerror = () => {
      line.linked(false);
      source?.close();
      void again();
    };
    source.addEventListener("frame", (event) => {
      line.frame(JSON.parse((event as MessageEvent<string>).data) as Frame);
    });
  };
  open();
  return close;
}
