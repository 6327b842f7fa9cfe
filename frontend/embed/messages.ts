// What a page and Parley's frame in it say to each other, checked on both
// sides: a message that is not exactly one of these is ignored.

/** From the frame to the page around it. */
export type FromFrame =
  | { type: "ready"; count: number }
  | { type: "height"; height: number }
  | { type: "count"; count: number }
  | { type: "posted"; id: string; count: number }
  | { type: "navigate"; top: number };

/** From the page to its frame: how it should look. */
export interface Style {
  type: "style";
  theme: string;
  properties: Record<string, string>;
}

/** From the page to its frame: who the page says reads it, signed by its own login. */
export interface Token {
  type: "token";
  token: string;
}

export type FromHost = Style | Token;

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const isPixels = (value: unknown): boolean => typeof value === "number" && value >= 0 && value < 1e7;

type Fields = Record<string, unknown>;

const shapes: Record<FromFrame["type"] | FromHost["type"], (message: Fields) => boolean> = {
  ready: ({ count }) => isCount(count),
  height: ({ height }) => isPixels(height),
  count: ({ count }) => isCount(count),
  posted: ({ id, count }) => typeof id === "string" && /^[0-9a-z]{13}$/.test(id) && isCount(count),
  navigate: ({ top }) => isPixels(top),
  token: ({ token }) => typeof token === "string" && token.length > 0 && token.length <= 8192,
  style: ({ theme, properties }) => /^(auto|light|dark)$/.test(String(theme)) && isLook(properties),
};

// A property may set a colour, a length or a face, and never fetch anything.
const isLook = (list: unknown): boolean =>
  typeof list === "object" &&
  list !== null &&
  Object.entries(list).every(
    ([name, value]) =>
      /^--parley-[a-z0-9-]{1,40}$/.test(name) && typeof value === "string" && /^[^;{}<>\\]{1,200}$/.test(value) && !/url|image/i.test(value),
  );

/** Reads a message of ours, or nothing. */
export function read<T extends FromFrame | FromHost>(event: MessageEvent, from: Window | null, origin: string): T | null {
  const message = event.data as Fields | null;
  if (event.source !== from || event.origin !== origin || typeof message !== "object" || message?.["parley"] !== 1) return null;
  const type = String(message["type"]);
  if (!Object.hasOwn(shapes, type) || !shapes[type as keyof typeof shapes](message)) return null;
  return message as unknown as T;
}

/** Says something to a window of exactly one origin. */
export function tell(to: Window | null, origin: string, message: FromFrame | FromHost): void {
  to?.postMessage({ parley: 1, ...message }, origin);
}
