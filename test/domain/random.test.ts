import { expect, test } from 'vitest';
import { randomFrom, seededRandom, splitSeed } from '../../domain/random.ts';

test('a stream goes on from its state as if it had not been stopped', () => {
  const random = seededRandom(7);
  for (let i = 0; i < 100; i++) random.next();
  const other = randomFrom(JSON.parse(JSON.stringify(random.state())) as ReturnType<typeof random.state>);
  for (let i = 0; i < 100; i++) expect(other.next()).toBe(random.next());
});

test('draws are uniform, streams of neighbouring seeds and of different names are unlike', () => {
  const seeds = [
    seededRandom(1),
    seededRandom(2),
    seededRandom(splitSeed(1, 'gate')),
    seededRandom(splitSeed(1, 'golden')),
    seededRandom(splitSeed(2, 'gate')),
  ];
  const streams = seeds.map((random) => Array.from({ length: 10_000 }, () => random.next()));
  for (const stream of streams) expect(stream.reduce((sum, value) => sum + value, 0) / stream.length).toBeCloseTo(0.5, 1);
  for (let i = 0; i < streams.length; i++)
    for (let j = 0; j < i; j++) {
      const product = streams[i]!.reduce((sum, value, place) => sum + (value - 0.5) * (streams[j]![place]! - 0.5), 0) / 10_000;
      expect(Math.abs(product * 12)).toBeLessThan(0.05); // five standard errors of a correlation of nothing
    }
});
