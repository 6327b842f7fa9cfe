// What this device remembers. A browser may refuse; then nothing is kept.

/** Reads what was kept under a key. */
export function recall<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem("parley:" + key) ?? "null") as T | null;
  } catch {
    return null;
  }
}

/** Keeps a value under a key; null forgets it. */
export function keep(key: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem("parley:" + key);
    else localStorage.setItem("parley:" + key, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: the page works, it only forgets.
  }
}

/** Reads a cookie that scripts may see. */
export const cookie = (name: string): boolean => document.cookie.split("; ").includes(name + "=1");
