/** A stored object by content: what travels in histories instead of the bytes themselves. */
export interface Ref {
  /** Key inside the bucket. */
  key: string;
  /** sha256 of the bytes, hex. */
  sha256: string;
  bytes: number;
}

/**
 * What Nightjar needs of an object store: S3 with conditional writes.
 * Every method throws StoreUnreachable when the store cannot be reached and StoreDenied when it refuses the credentials.
 */
export interface ObjectStore {
  /** The object and its entity tag, or null when there is none. */
  get(key: string): Promise<{ body: Buffer; etag: string } | null>;
  /** Size and entity tag without the body, or null. */
  head(key: string): Promise<{ bytes: number; etag: string } | null>;
  /** Writes whatever stands there. Only for content-addressed keys and objects with one writer. */
  put(key: string, body: Buffer | string, contentType?: string): Promise<void>;
  /** Writes only where nothing stands (If-None-Match). False when something does. */
  create(key: string, body: Buffer | string): Promise<boolean>;
  /** Writes only over the version with this entity tag (If-Match). False when another stands there. */
  replace(key: string, body: Buffer | string, etag: string): Promise<boolean>;
  remove(key: string): Promise<void>;
  /** Keys below a prefix in ascending order, after `after` when given. */
  list(prefix: string, after?: string): AsyncIterable<{ key: string; bytes: number }>;
  /** Streams a file up (multipart when large). */
  putFile(key: string, path: string): Promise<void>;
  /** Streams an object into a file; false when there is none. The file appears whole or not at all. */
  getFile(key: string, path: string): Promise<boolean>;
}
