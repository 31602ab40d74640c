import { runModelServer } from '../../../serving/run-model-server.ts';
import { tinyModel } from './tiny-model.ts';

await runModelServer((name) => Promise.resolve(tinyModel(name)));
