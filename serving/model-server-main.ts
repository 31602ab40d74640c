import { loadModel } from '../models/load.ts';
import { runModelServer } from './run-model-server.ts';

/** `node dist/serving/model-server-main.js --model churn --version 3 --digest … --port 4711` */
await runModelServer(loadModel);
