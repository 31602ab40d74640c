import { Command } from 'commander';
import { addDown } from './commands/down.ts';
import { addUp } from './commands/up.ts';

// The SDK of S3 announces the end of its support for old Node versions on every start; doctor says what Node is needed.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const program = new Command('nightjar').description('Retrains models every night and lets only a proven better one serve.').showHelpAfterError();
for (const add of [addUp, addDown]) add(program);
await program.parseAsync();
