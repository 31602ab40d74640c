import { z } from 'zod';

/** A file inside a bundle. */
export const bundleFile = z.strictObject({ path: z.string(), sha256: z.string(), bytes: z.int() });

/**
 * `bundles/<digest>/manifest.json`; the digest is the sha256 of this file's exact bytes, so it vouches for every file listed.
 * Files: network.json, weights.bin, encoders.json, signature.json, golden.json, sketches.json, curve.json, card.md
 */
export const bundleManifest = z.strictObject({
  format: z.literal(1),
  model: z.string(),
  task: z.string(),
  files: z.array(bundleFile),
  run: z.string(),
  snapshot: z.string(),
  /** sha256 of the source text of the model folder. */
  definition: z.string(),
  seed: z.int(),
  backend: z.string(),
  packages: z.record(z.string(), z.string()),
  metrics: z.record(z.string(), z.number()),
});
export type BundleManifest = z.output<typeof bundleManifest>;

/** What a request must look like and what an answer looks like; served by `GET /v1/models/<model>` with the example. */
export interface Signature {
  /** Field of an instance that names the unit. */
  unit: string;
  inputs: Record<string, { type: 'number' | 'string' | 'number[]' | 'string[]'; required: boolean; doc: string }>;
  outputs: Record<string, { type: string; doc: string }>;
  example: Record<string, unknown>;
}

/** A question with the answer it must give (to 1e-6) before a server may become ready. */
export interface GoldenQuery {
  instance: Record<string, unknown>;
  prediction: unknown;
}

export type Instance = Record<string, unknown>;

/** A loaded bundle that answers. `models/predictor.ts` makes it; evaluation and the model server use the same one. */
export interface Predictor {
  readonly signature: Signature;
  readonly backend: string;
  /**
   * One prediction per instance, in order. Throws InvalidRequest naming the field.
   * The predictions are plain JSON without NaN.
   */
  predict(instances: Instance[]): Promise<unknown[]>;
  dispose(): void;
}
