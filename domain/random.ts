/** A seeded stream of random numbers; the same seed gives the same stream on every machine. */
export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number;
  /** Uniform integer in [0, below); below at most 2^32. */
  integer(below: number): number;
  /** An independent stream named by a word or number; it does not depend on how much of this one was drawn. */
  split(name: string | number): Random;
}

/** sfc32 (Chris Doty-Humphrey, PractRand), seeded by a hash of the seed; passes BigCrush, period at least 2^32. */
export function seeded(seed: number | string): Random {
  let [a, b, c, counter] = [hash(`${seed}/a`), hash(`${seed}/b`), hash(`${seed}/c`), 1];
  const draw = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // The first draws still resemble the seed.
  for (let i = 0; i < 12; i++) draw();
  return {
    next: () => draw() / 2 ** 32,
    integer: (below) => Math.floor((draw() / 2 ** 32) * below),
    split: (name) => seeded(`${seed}/${name}`),
  };
}

/** FNV-1a with a final mix (murmur3), 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
