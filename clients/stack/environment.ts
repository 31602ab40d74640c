import { ownIdentity } from '../../adapters/process-identity.ts';
import { s3Credentials } from '../../adapters/engines/s3-server.ts';
import type { StackFolder } from './folder.ts';
import type { StackPorts } from './ports.ts';
import type { StackRecord } from './record.ts';

/** Parts that the caller's environment names are used, not started. */
export const ownsTemporal = (): boolean => !process.env.TEMPORAL_ADDRESS;
export const ownsS3 = (): boolean => !process.env.AWS_ENDPOINT_URL_S3;

/** Another server's secrets in the caller's environment would be sent to the stack's own, and refused by it. */
const FOREIGN = /^(TEMPORAL_(?!CLI_PATH)|AWS_(SESSION_TOKEN|PROFILE|ACCESS_KEY_ID|SECRET_ACCESS_KEY|REGION)$)/;

/** The caller's environment with what reaches this stack laid over it. */
export function environmentOf(stack: Pick<StackRecord, 'env'>, before: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(before).filter(([name]) => !FOREIGN.test(name) || (name.startsWith('TEMPORAL_') ? !ownsTemporal() : !ownsS3()));
  return { ...Object.fromEntries(kept), ...stack.env };
}

/** The record of a stack that begins to start. */
export function newRecord(folder: StackFolder, ports: StackPorts): StackRecord {
  const temporal = process.env.TEMPORAL_ADDRESS || `127.0.0.1:${ports.temporal}`;
  const s3 = process.env.AWS_ENDPOINT_URL_S3 || `http://127.0.0.1:${ports.s3}`;
  return {
    ...ownIdentity(),
    state: 'starting',
    startedAt: new Date().toISOString(),
    ports,
    urls: { temporal, temporalUi: ownsTemporal() ? `http://127.0.0.1:${ports.temporalUi}` : null, s3, gateway: `http://127.0.0.1:${ports.gateway}` },
    env: {
      ...(ownsTemporal() && { TEMPORAL_ADDRESS: temporal, TEMPORAL_NAMESPACE: 'default', TEMPORAL_CONFIG_FILE: `${folder.root}/no-profile.toml` }),
      ...(ownsS3() && ownCredentials(folder, s3)),
      NIGHTJAR_BUCKET: process.env.NIGHTJAR_BUCKET ?? 'nightjar',
      NIGHTJAR_HOME: folder.root,
      NIGHTJAR_DATA: process.env.NIGHTJAR_DATA ?? folder.data,
    },
    processes: [],
  };
}

function ownCredentials(folder: StackFolder, endpoint: string) {
  const { accessKeyId, secretAccessKey } = s3Credentials(folder.credentials);
  return { AWS_ENDPOINT_URL_S3: endpoint, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: 'us-east-1' };
}
