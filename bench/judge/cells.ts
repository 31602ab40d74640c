/** A kind of rollout that is simulated many times. */
export interface Cell {
  name: string;
  /** Challenger's share in each look. */
  shares: readonly number[];
  /** Rate of the bad event with the champion; per unit, or per request of returning users. */
  base: number;
  /** Whether the base rate moves by ±50 % over the rollout. */
  moving: boolean;
  /** The challenger's rate is so many times the champion's; 1 is an A/A rollout. */
  harm: number;
  users: 'one-time' | 'returning';
}

export const LOOKS = 200;
/** Units (one-time) or requests (returning) per look. */
export const PER_LOOK = 400;

const FIXED = Array.from({ length: LOOKS }, () => 0.5);
const RAMP = [0.01, 0.05, 0.1, 0.25, 0.5].flatMap((share) => Array.from({ length: LOOKS / 5 }, () => share));

const cell = (ramp: boolean, base: number, harm: number, users: Cell['users'] = 'one-time'): Cell => ({
  name: [users === 'returning' ? 'returning users,' : '', ramp ? 'ramp, moving base' : '50/50, base', `${100 * base} %`].filter(Boolean).join(' '),
  shares: ramp ? RAMP : FIXED,
  base,
  moving: ramp,
  harm,
  users,
});

export const NO_HARM: Cell[] = [
  cell(false, 0.02, 1),
  cell(false, 0.2, 1),
  cell(true, 0.02, 1),
  cell(true, 0.2, 1),
  cell(false, 0.02, 1, 'returning'),
  cell(true, 0.02, 1, 'returning'),
];

/** Harms as factors of the rate; at a base of 20 % larger ones are found by anyone. */
export const HARM: Cell[] = [
  ...[1.2, 1.5, 2, 5].map((harm) => cell(false, 0.02, harm)),
  ...[1.2, 1.5, 2].map((harm) => cell(false, 0.2, harm)),
  ...[1.5, 2, 5].map((harm) => cell(true, 0.02, harm)),
  ...[1.2, 1.5, 2].map((harm) => cell(true, 0.2, harm)),
  ...[1.5, 2, 5].map((harm) => cell(false, 0.02, harm, 'returning')),
];
