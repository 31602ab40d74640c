const FIRST_MILLISECONDS = 250;
const LONGEST_MILLISECONDS = 30_000;

/** Paces the starting again of what keeps dying: at once, then after 0.25 s, 0.5 s … 30 s; who has lived longer than that starts afresh. */
export function restarts(): { mayStart(key: string, now: number): boolean } {
  const history = new Map<string, { tries: number; at: number }>();
  return {
    mayStart(key, now) {
      const { tries, at } = history.get(key) ?? { tries: 0, at: -Infinity };
      const delay = tries === 0 ? 0 : Math.min(LONGEST_MILLISECONDS, FIRST_MILLISECONDS * 2 ** (tries - 1));
      if (now - at < delay) return false;
      history.set(key, { tries: now - at > LONGEST_MILLISECONDS ? 1 : tries + 1, at: now });
      return true;
    },
  };
}
