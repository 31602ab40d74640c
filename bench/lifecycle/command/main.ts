import { Client, Connection } from '@temporalio/client';

/** What a person starts: runs a workflow and waits for its end. `node main.js <address> <task queue> <workflow id>` */
const [address, taskQueue = '', workflowId = ''] = process.argv.slice(2);
const connection = await Connection.connect({ address });
await new Client({ connection }).workflow.execute('sevenSteps', { taskQueue, workflowId });
await connection.close();
