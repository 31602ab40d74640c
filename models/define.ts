import type { Instance, Signature } from '../contracts/bundle.ts';
import type { Task } from '../domain/metrics/metric.ts';
import { policySchema, type Policy, type PolicyInput } from '../contracts/policy.ts';
import { MODEL_NAME } from '../contracts/ids.ts';
import { NightjarError } from '../contracts/errors.ts';
import type { Expectation } from './expect.ts';
import type { Source } from './sources.ts';
import type { Learner } from './learner.ts';

/** A row of `examples`, as DuckDB gives it: numbers, strings, booleans, null, and arrays of these. */
export type Row = Record<string, unknown>;

/** What an ML engineer writes in `models/<name>/model.ts`, and nothing else: the life cycle is the same for all models. */
export interface ModelDefinition {
  name: string;
  task: Task;
  /** Column of `examples` and field of a request that names the unit: the user, customer, session … counted by the gate and the rollout. */
  unit: string;
  sources: Record<string, Source>;
  refresh: {
    /** Tables made from the sources, in order: types, duplicates, missing values. Each is one SELECT; sources and earlier tables are views. */
    clean: Record<string, string>;
    /** One SELECT over the cleaned tables with a column `split` ('train' | 'test') made before anything is fitted, and the unit. */
    examples: string;
    expect: Expectation[];
  };
  /** A row as the request that serving would get for it; evaluation and golden queries go through it, so they cannot differ from serving. */
  instance: (row: Row) => Instance;
  /** What really happened for a test row, in the form that the metrics of the task take (ranking: the relevant items). */
  truth: (row: Row) => unknown;
  signature: Signature;
  /** Encoders, network and training; fitted in training, stored in the bundle, the same code in serving. */
  learner: Learner;
  evaluate: {
    primary: string;
    guardrails: string[];
    /** Reported besides. */
    report?: string[];
    /** Length of the list for ranking metrics. */
    k?: number;
    baseline: 'popularity' | 'majority-class' | 'mean';
    /** Group of a test row per slice dimension. */
    slices?: Record<string, (row: Row) => string>;
  };
  policy: PolicyInput;
}

export interface DefinedModel extends Omit<ModelDefinition, 'policy'> {
  policy: Policy;
}

/** Checks a definition and fills in the policy's defaults. Throws InvalidDefinition naming the field. */
export function defineModel(definition: ModelDefinition): DefinedModel {
  if (!MODEL_NAME.test(definition.name)) throw new NightjarError('InvalidDefinition', `name '${definition.name}': lower-case words joined by hyphens.`);
  const parsed = policySchema.safeParse(definition.policy);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new NightjarError('InvalidDefinition', `${definition.name}: policy.${issue.path.join('.')}: ${issue.message}.`);
  }
  return { ...definition, policy: parsed.data };
}
