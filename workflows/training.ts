import { ActivityFailure, log, TimeoutFailure } from '@temporalio/workflow';
import type { TrainActivities } from '../contracts/activities.ts';
import type { Trained } from '../contracts/runs.ts';
import { training } from './proxies.ts';

/** Trains on the gpu pool; when no gpu worker takes it within the policy's time, says so and trains on the cpu pool. */
export async function trainOnGpuOrCpu(input: Parameters<TrainActivities['train']>[0], say: (note: string) => void): Promise<Trained> {
  const { gpuWaitSeconds } = input.plan.policy.train;
  try {
    return await training('gpu', `train ${input.model} (gpu pool)`, gpuWaitSeconds).train(input);
  } catch (error) {
    if (!nobodyTookIt(error)) throw error;
    const note = `No gpu worker took the training within ${gpuWaitSeconds} s; it runs on the cpu pool.`;
    log.warn(note, { model: input.model });
    say(note);
    return training('cpu', `train ${input.model} (cpu pool: no gpu worker within ${gpuWaitSeconds} s)`).train(input);
  }
}

/** Told by the cause only: the retry state differs between server versions. */
const nobodyTookIt = (error: unknown): boolean =>
  error instanceof ActivityFailure && error.cause instanceof TimeoutFailure && error.cause.timeoutType === 'SCHEDULE_TO_START';
