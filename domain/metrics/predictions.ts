import { scoreOf } from '../drift/score.ts';

/** A number out of a prediction of a binary or regression task; NaN when it holds none (domain/drift/score.ts says where it may stand). */
export const numberOf = (prediction: unknown): number => {
  const score = scoreOf(prediction);
  return score !== null && Number.isFinite(score) ? score : NaN;
};

/** The items of a ranking, best first, each once: `{ items, scores }` or the array itself. Null when it holds none or a score is no number. */
export function rankedItems(prediction: unknown): string[] | null {
  if (Array.isArray(prediction)) return distinct(prediction);
  const { items, scores } = (prediction ?? {}) as { items?: unknown; scores?: unknown };
  if (!Array.isArray(items)) return null;
  if (Array.isArray(scores) && !scores.every(Number.isFinite)) return null;
  return distinct(items);
}

/** Items as text, so that 17 and '17' are the same product wherever it came from. */
export const itemSet = (truth: unknown): Set<string> => new Set(Array.isArray(truth) ? truth.map(String) : []);

/** 1 for yes, 0 for no: true, 1, '1' and 'true' are yes. */
export const labelOf = (truth: unknown): 0 | 1 => (truth === true || ['1', 'true'].includes(String(truth)) ? 1 : 0);

const distinct = (items: unknown[]): string[] => [...new Set(items.map(String))];

/** Whether the metrics of a task can take a prediction: a list of items with finite scores, a probability, or a finite number. */
export function usablePrediction(prediction: unknown, task: string): boolean {
  if (task === 'ranking') return rankedItems(prediction) !== null;
  const number = numberOf(prediction);
  return task === 'binary' ? number >= 0 && number <= 1 : !Number.isNaN(number);
}
