import { describe } from 'vitest';
import { openBackend } from '../../../models/backends.ts';
import { resumesBitForBit } from '../../support/resume.ts';

describe('resume on wasm', () => {
  resumesBitForBit(async () => (await openBackend('wasm')).tf);
});
