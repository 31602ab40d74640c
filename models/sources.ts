/** Where a table of a model comes from: files below the model's data folder (or s3://…), or the gateway's own events. */
export interface Source {
  format: 'csv' | 'jsonl' | 'parquet' | 'events';
  /** Glob relative to `<NIGHTJAR_DATA>/<model>/`, or an absolute path, or `s3://bucket/prefix/*.csv`. Empty for events. */
  path: string;
}

export const csv = (path: string): Source => ({ format: 'csv', path });
export const jsonl = (path: string): Source => ({ format: 'jsonl', path });
export const parquet = (path: string): Source => ({ format: 'parquet', path });
/** Exposures and rewards that the gateway logged for this model. */
export const events = (): Source => ({ format: 'events', path: '' });
