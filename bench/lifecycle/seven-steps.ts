import { proxyActivities } from '@temporalio/workflow';

const { step } = proxyActivities<{ step(): Promise<void> }>({ startToCloseTimeout: '1 minute' });

/** Seven empty steps, one after the other; each is in the history before the next begins. */
export async function sevenSteps(): Promise<void> {
  for (let done = 0; done < 7; done++) await step();
}
