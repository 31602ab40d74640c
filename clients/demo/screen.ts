import { liveLine } from '../live-line.ts';

export interface Screen {
  /** A line that stays. */
  say: (text: string) => void;
  /** What happens now; rewritten in a terminal, now and then a line elsewhere. */
  show: (topic: string, text: string) => void;
}

/** Lines that stay and one line that lives, in one stream. */
export function openScreen(out: NodeJS.WriteStream): Screen {
  const width = out.isTTY ? Math.min(out.columns, 100) : 100;
  let line = liveLine(out);
  return {
    show: (topic, text) => line.show(topic, text),
    say: (text) => {
      line.done();
      line = liveLine(out);
      out.write(
        `${text
          .split('\n')
          .map((each) => wrap(each, width))
          .join('\n')}\n`,
      );
    },
  };
}

/** Breaks a long line between words; what follows is indented as the line is. */
export function wrap(text: string, width: number): string {
  const indent = /^ */.exec(text)![0];
  const lines: string[] = [];
  let line = indent;
  for (const word of text.trim().split(' ')) {
    if (line.length > indent.length && line.length + word.length >= width) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].join('\n');
}
