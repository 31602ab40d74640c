/** State of a generator: four 32-bit words. Plain JSON, so that a checkpoint can hold it. */
export type RandomState = [number, number, number, number];

/** Seeded random numbers: the same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  next(): number;
  /** Uniform integer in [0, limit). */
  below(limit: number): number;
  /** Where the generator stands; `randomFrom` goes on from there. */
  state(): RandomState;
}

/** A generator from a seed; the words come from splitmix32, so that neighbouring seeds are unlike. */
export function seededRandom(seed: number): Random {
  let mixed = seed >>> 0;
  const word = () => {
    mixed = (mixed + 0x9e3779b9) >>> 0;
    let z = mixed;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  return randomFrom([word(), word(), word(), word()]);
}

/** A generator that goes on from a state (xoshiro128**, Blackman and Vigna 2018). */
export function randomFrom(state: RandomState): Random {
  let [a, b, c, d] = state;
  const next = () => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return scrambled / 2 ** 32;
  };
  return { next, below: (limit) => Math.floor(next() * limit), state: () => [a >>> 0, b >>> 0, c >>> 0, d >>> 0] };
}

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/** Seed of an independent stream, named by what it is for; it does not depend on how much of any other stream was drawn (FNV-1a, mixed by murmur3's finalizer). */
export function splitSeed(seed: number, name: string): number {
  let value = 0x811c9dc5 ^ seed;
  for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
