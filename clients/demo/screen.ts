import { liveLine } from '../live-line.ts';

export interface Screen {
  /** Lines that stay; long ones are broken between words. */
  say: (text: string) => void;
  /** Lines that stay as they are. */
  print: (text: string) => void;
  /** What happens now; rewritten in a terminal, now and then a line elsewhere. */
  show: (topic: string, text: string) => void;
}

const WIDEST = 100;

/** Lines that stay and one line that lives, in one stream. */
export function openScreen(out: NodeJS.WriteStream): Screen {
  let line = liveLine(out);
  const print = (text: string) => {
    line.done();
    line = liveLine(out);
    out.write(`${text}\n`);
  };
  const width = out.isTTY ? Math.min(out.columns, WIDEST) : WIDEST;
  const wrapAll = (text: string) => text.split('\n').map((each) => wrap(each, width));
  return { print, say: (text) => print(wrapAll(text).join('\n')), show: (topic, text) => line.show(topic, text) };
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
