import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { environmentOf, newRecord } from '../../../clients/stack/environment.ts';
import { stackFolder, type StackFolder } from '../../../clients/stack/folder.ts';
import { stackPorts, type StackPorts } from '../../../clients/stack/ports.ts';

let folder: StackFolder;
let ports: StackPorts;
beforeEach(async () => {
  folder = stackFolder(mkdtempSync(join(tmpdir(), 'nightjar-stack-')));
  ports = await stackPorts(folder, {});
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder.root, { recursive: true });
});

describe('the environment of a stack', () => {
  it('reaches its own servers, whatever secrets of others the caller has', () => {
    vi.stubEnv('TEMPORAL_API_KEY', 'of the cloud');
    vi.stubEnv('TEMPORAL_PROFILE', 'prod');
    vi.stubEnv('AWS_SESSION_TOKEN', 'of the company');
    vi.stubEnv('AWS_PROFILE', 'company');
    const environment = environmentOf(newRecord(folder, ports));
    expect(environment).toMatchObject({
      TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${ports.s3}`,
      NIGHTJAR_HOME: folder.root,
    });
    for (const name of ['TEMPORAL_API_KEY', 'TEMPORAL_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_PROFILE']) expect(environment).not.toHaveProperty(name);
    expect(environment.PATH).toBe(process.env.PATH);
  });

  it('keeps the Temporal that the caller has set, with its secrets', () => {
    vi.stubEnv('TEMPORAL_ADDRESS', 'temporal.example:7233');
    vi.stubEnv('TEMPORAL_API_KEY', 'of the cloud');
    const record = newRecord(folder, ports);
    expect(record.urls).toMatchObject({ temporal: 'temporal.example:7233', temporalUi: null });
    expect(environmentOf(record)).toMatchObject({ TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_API_KEY: 'of the cloud' });
  });

  it('keeps the S3 that the caller has set, with its credentials', () => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'https://s3.example');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'mine');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    expect(environmentOf(newRecord(folder, ports))).toMatchObject({
      AWS_ENDPOINT_URL_S3: 'https://s3.example',
      AWS_ACCESS_KEY_ID: 'mine',
      AWS_SECRET_ACCESS_KEY: 'secret',
    });
  });
});
