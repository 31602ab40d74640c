/** The learning curve: mean loss per epoch, and the sum of the epoch that is under way. Part of each checkpoint, so it survives a resume. */
export interface Curve {
  points: { epoch: number; step: number; loss: number }[];
  step: number;
  sum: number;
  count: number;
}

export const emptyCurve = (): Curve => ({ points: [], step: 0, sum: 0, count: 0 });

/** Counts the loss of one step; closes the epoch with its last. */
export function addLoss(curve: Curve, loss: number, stepsPerEpoch: number): void {
  curve.step++;
  curve.sum += loss;
  curve.count++;
  if (curve.step % stepsPerEpoch !== 0) return;
  curve.points.push({ epoch: curve.step / stepsPerEpoch, step: curve.step, loss: curve.sum / curve.count });
  curve.sum = 0;
  curve.count = 0;
}
