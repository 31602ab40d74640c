import { describe } from 'vitest';
import { openBackend } from '../../../models/backends.ts';
import { resumesBitForBit } from '../../support/resume.ts';

const native = await openBackend('tensorflow').catch((error: Error) => error);
if (native instanceof Error) process.stderr.write(`skipped: no native binding (${native.message}); \`npx nightjar doctor --fix\` builds it\n`);

describe.skipIf(native instanceof Error)('resume on the native binding', () => {
  resumesBitForBit(async () => (await openBackend('tensorflow')).tf);
});
