import { expect, test } from 'vitest';
import { FAILURES, failureType, NightjarError, NON_RETRYABLE, type FailureType } from '../../contracts/errors.ts';

const MEANING = { retry: 'is repeated until it works', stop: 'ends the run', ask: 'ends the run; a person has to change something' } as const;

/** docs/errors.md is this table; `npx vitest run -u test/contracts` writes it anew. */
test('docs/errors.md is equal to the catalogue', async () => {
  const rows = Object.entries(FAILURES).map(([type, { kind, what, next }]) => `| \`${type}\` | ${what} | ${kind}: ${MEANING[kind]} | ${next} |`);
  const page = [
    '# Failures',
    '',
    'Every failure has a type; the message names what it happened to. A rejected model or an invalid batch is no failure but an outcome (see how-a-model-ships.md).',
    'In the Temporal UI the type stands as the failure type of the activity.',
    '',
    '| type | what happened | then the step … | what to do next |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../../docs/errors.md');
});

test('a failure says what happened, where, and what to do next, and keeps its type across a process border', () => {
  const error = new NightjarError('DiskFull', '/data.');
  expect(error.message).toBe(`${FAILURES.DiskFull.what} /data. Next: ${FAILURES.DiskFull.next}`);
  expect(failureType(error)).toBe('DiskFull');
  expect(failureType({ type: 'DiskFull', message: 'as Temporal gives it back' })).toBe('DiskFull');
  expect(failureType(new Error('another'))).toBeUndefined();
});

test('what no retry can mend is not retried', () => {
  for (const type of Object.keys(FAILURES) as FailureType[]) expect(NON_RETRYABLE.includes(type)).toBe(FAILURES[type].kind !== 'retry');
});
