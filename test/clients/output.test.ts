import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { bar, liveLine } from '../../clients/live-line.ts';
import { duration, figure, table } from '../../clients/table.ts';

/** A stream that remembers what was written to it. */
function paper(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => (written.push(chunk.toString()), done()) });
  return { out: Object.assign(stream, { isTTY, columns }) as unknown as NodeJS.WriteStream, text: () => written.join('') };
}

describe('the live line', () => {
  it('is rewritten in a terminal, and stays when the topic changes', () => {
    const { out, text } = paper(true, 12);
    const line = liveLine(out);
    line.show('train', 'step 1');
    line.show('train', 'step 2');
    line.show('rollout', 'a text that is too long');
    line.done();
    expect(text()).toBe('\r\x1b[2Kstep 1\r\x1b[2Kstep 2\n\r\x1b[2Ka text that\n');
  });

  it('is a line per change elsewhere, and not too many of them', () => {
    const { out, text } = paper(false);
    let now = 0;
    const line = liveLine(out, () => now);
    for (let step = 1; step <= 12; step++, now += 1000) line.show('train', `step ${step}`);
    line.show('rollout', '5 %');
    line.show('rollout', '5 %');
    line.done();
    expect(text()).toBe('step 1\nstep 6\nstep 11\n5 %\n');
  });
});

describe('figures for people', () => {
  it.each([
    [900, '0.9 s'],
    [59_000, '59 s'],
    [61_000, '1 min 1 s'],
    [119_700, '2 min 0 s'],
    [3_900_000, '1 h 5 min'],
    [5 * 24 * 3_600_000, '5 days'],
  ])('%d ms is %s', (milliseconds, text) => expect(duration(milliseconds)).toBe(text));

  it.each([
    [0.12345678, '0.1235'],
    [0, '0'],
    [12_345.6, '12346'],
    [null, '–'],
  ])('%d is %s', (value, text) => expect(figure(value)).toBe(text));

  it('a bar is never longer than its width', () => {
    expect(bar(5, 10, 10)).toBe('[#####·····] 50 %');
    expect(bar(20, 10, 10)).toBe('[##########] 100 %');
    expect(bar(0, 0, 10)).toBe('[··········] 0 %');
  });

  it('a table is as wide as what stands in it', () => {
    expect(
      table(
        ['a', 'name'],
        [
          [1, null],
          ['long', 'x'],
        ],
      ),
    ).toBe('a     name\n1     –\nlong  x');
  });
});
