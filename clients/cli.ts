import { Command } from 'commander';
import { addData } from './commands/data.ts';
import { addDecisions } from './commands/decide.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addDown } from './commands/down.ts';
import { addNightly } from './commands/nightly.ts';
import { addReport } from './commands/report.ts';
import { addRollback } from './commands/rollback.ts';
import { addRuns } from './commands/runs.ts';
import { addSchedule } from './commands/schedule.ts';
import { addShow } from './commands/show.ts';
import { addStatus } from './commands/status.ts';
import { addUp } from './commands/up.ts';

// The SDK of S3 announces the end of its support for old Node versions at every start; `nightjar doctor` says which Node is needed.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

// Whoever read the output has gone (`| head`, a closed terminal); what was brought up is still to be ended in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const program = new Command('nightjar').description('Retrains models every night and lets only a proven better one serve.').showHelpAfterError();
for (const add of [addDemo, addUp, addDown, addStatus, addNightly, addDecisions, addRollback, addRuns, addShow, addReport, addSchedule, addData, addDoctor])
  add(program);
await program.parseAsync();
