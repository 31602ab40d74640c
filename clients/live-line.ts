/** One line per topic, rewritten in a terminal; elsewhere a line per change, at most one in five seconds for the same topic. */
export interface LiveLine {
  show: (topic: string, text: string) => void;
  /** Leaves what stands and goes to the next line. */
  done: () => void;
}

const QUIET_MS = 5000;

export function liveLine(out: NodeJS.WriteStream = process.stderr, now = Date.now): LiveLine {
  let shown = '';
  let topicShown = '';
  let at = 0;
  return {
    show: (topic, text) => {
      if (text === shown) return;
      if (out.isTTY) out.write(`${topicShown && topic !== topicShown ? '\n' : ''}\r\x1b[2K${text.slice(0, out.columns - 1)}`);
      else if (topic === topicShown && now() - at < QUIET_MS) return;
      else out.write(`${text}\n`);
      shown = text;
      topicShown = topic;
      at = now();
    },
    done: () => {
      if (out.isTTY && shown) out.write('\n');
    },
  };
}

/** `[#####·····] 50 %` */
export function bar(done: number, total: number, width = 24): string {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  const full = Math.round(share * width);
  return `[${'#'.repeat(full)}${'·'.repeat(width - full)}] ${Math.round(share * 100)} %`;
}
