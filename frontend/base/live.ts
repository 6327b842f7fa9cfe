// Follows a stream of signals from our server while the page is looked at. Where
// there is no stream, whoever follows asks now and then instead. Loaded late:
// nobody who only glances at a page needs it.

/** How a story stands. */
export interface Signal {
  story: string;
  revision: number;
  count: number;
}

/** Whether signals come by themselves at the moment. */
export interface Stream {
  open: boolean;
}

/** How long after a refusal it is tried again, in milliseconds. */
const again = 120_000;

/**
 * Tells what a stream says until ended; without a signal whoever follows is to
 * look for itself. A stream begins with how things stand. The browser connects
 * again by itself and says what it has heard of.
 */
export function follow(url: string, told: (signal?: Signal) => void, ended: AbortSignal = new AbortController().signal): Stream {
  const stream: Stream = { open: false };
  let source: EventSource | undefined;
  let timer = 0;
  const close = (): void => {
    clearTimeout(timer);
    source?.close();
    stream.open = false;
  };
  const open = (): void => {
    close();
    if (document.hidden || ended.aborted || !window.EventSource) return;
    source = new EventSource(url);
    source.onopen = () => void (stream.open = true);
    source.onmessage = (event: MessageEvent<string>) => told(JSON.parse(event.data) as Signal);
    source.addEventListener("check", () => told());
    source.onerror = () => {
      stream.open = false;
      if (source?.readyState === EventSource.CLOSED) timer = window.setTimeout(open, again * (0.8 + Math.random() * 0.4));
    };
  };
  document.addEventListener("visibilitychange", open, { signal: ended });
  ended.addEventListener("abort", close);
  open();
  return stream;
}
