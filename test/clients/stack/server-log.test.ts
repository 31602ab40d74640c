import { expect, it } from 'vitest';
import { logOfServer } from '../../../clients/stack/server-log.ts';

it('a model server is known by its command line, as the deploy target starts it; other processes have no such log', () => {
  const command = '/usr/bin/node /app/dist/serving/model-server-main.js --model churn --version 3 --digest abc --port 4711';
  expect(logOfServer('/home/stack', command)).toBe('/home/stack/logs/server-churn@3.log');
  expect(logOfServer('/home/stack', '/usr/bin/node /app/dist/workers/trainer.js')).toBeNull();
});
