import { ApplicationFailure, defaultFailureConverter, defaultPayloadConverter, ensureApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { failureType, FAILURES, NightjarError, type FailureType } from '../../contracts/errors.ts';

describe('an error of the catalogue that crosses a process border', () => {
  // As an activity worker does with what an activity throws.
  it.each(Object.keys(FAILURES) as FailureType[])('%s keeps its type, by which a retry policy knows it', (type) => {
    const sent = defaultFailureConverter.errorToFailure(ensureApplicationFailure(new NightjarError(type, 'somewhere.')), defaultPayloadConverter);
    expect(sent.applicationFailureInfo?.type).toBe(type);
    const received = defaultFailureConverter.failureToError(sent, defaultPayloadConverter);
    expect(received).toBeInstanceOf(ApplicationFailure);
    expect(failureType(received)).toBe(type);
  });
});
