import { z } from 'zod';

/** What every process needs to know, read once from the environment in its main and handed down. Other parts use the ecosystem's own variables: TEMPORAL_*, AWS_*. */
export const settingsSchema = z.object({
  /** Folder for state of this machine: server records, event segments not yet uploaded, logs. */
  NIGHTJAR_HOME: z.string().default('.nightjar'),
  /** Root of the models' source folders; a source `ratings/*.csv` of model m is <data>/m/ratings/*.csv. `s3://bucket/prefix` reads from S3. */
  NIGHTJAR_DATA: z.string().default('data'),
  NIGHTJAR_BUCKET: z.string().default('nightjar'),
  NIGHTJAR_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** TensorFlow.js backend: `auto` takes the best one present. */
  NIGHTJAR_BACKEND: z.enum(['auto', 'tensorflow-gpu', 'tensorflow', 'wasm', 'cpu']).default('auto'),
});
export type Settings = z.output<typeof settingsSchema>;
