import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { createDeployActivities } from '../../activities/deploy.ts';
import { processTarget } from '../../adapters/deploy-target/process.ts';
import { launchReady } from '../../adapters/engines/await-ready.ts';
import { choosePorts, freePort } from '../../adapters/engines/ports.ts';
import { end, type Running } from '../../adapters/engines/processes.ts';
import { S3_PORTS, s3Credentials, startS3Server } from '../../adapters/engines/s3-server.ts';
import { ensureBucket, openStore } from '../../adapters/s3-store.ts';
import type { DeployActivities } from '../../contracts/activities.ts';
import type { ObjectStore } from '../../contracts/store.ts';
import { distFolder } from '../../clients/dist-folder.ts';

export interface Stage {
  store: ObjectStore;
  activities: DeployActivities;
  gatewayUrl: string;
  end: () => Promise<void>;
}

const quiet = { info: () => undefined, warn: () => undefined };

/** The real parts, as the embedded stack runs them, each a process of its own: S3 server, model servers, gateway. No Temporal. */
export async function buildStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'nightjar-bench-'));
  const running: Running[] = [];
  const credentials = s3Credentials(join(folder, 'credentials.json'));
  const log = (name: string) => join(folder, `${name}.log`);
  const s3 = await startS3Server({ folder: join(folder, 's3'), ports: await choosePorts(S3_PORTS), credentials, log: log('s3'), environment: process.env });
  running.push(s3.process);
  const client = new S3Client({ region: 'us-east-1', endpoint: s3.endpoint, credentials, forcePathStyle: true });
  await ensureBucket('bench', client);

  const port = await freePort();
  const environment = {
    ...process.env,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: 'us-east-1',
    NIGHTJAR_BUCKET: 'bench',
    NIGHTJAR_HOME: folder,
    GATEWAY_PORT: String(port),
  };
  const gateway = await launchReady({
    what: 'The gateway',
    program: process.execPath,
    parameters: [join(distFolder(), 'serving/gateway-main.js')],
    environment,
    log: log('gateway'),
    ready: ({ output }) => output().includes('{"ready":true'),
    withinSeconds: 60,
  });
  running.unshift(gateway);
  const store = openStore('bench', client);
  const target = processTarget({ home: folder, program: join(distFolder(), 'serving/model-server-main.js'), environment, readySeconds: 60, log: quiet });
  const activities = createDeployActivities({ store, target, heartbeat: () => {}, now: () => new Date() });
  return {
    store,
    activities,
    gatewayUrl: `http://127.0.0.1:${port}`,
    async end() {
      for (const version of [1, 2]) await target.retire('recommendation', version);
      for (const part of running) await end(part.identity, 10_000);
      client.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
