export { monitor } from './monitor.ts';
export { nightly } from './nightly.ts';
export { retrain } from './retrain.ts';
export { rollback } from './rollback.ts';
export { rollout } from './rollout.ts';
