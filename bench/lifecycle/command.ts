import { Client, Connection } from '@temporalio/client';

/** What a person starts: runs a workflow and waits for its end. `node command.cjs <address> <task queue> <workflow id>` */
async function main([address, taskQueue = '', workflowId = '']: string[]): Promise<void> {
  const connection = Connection.lazy({ address }); // the first call connects
  await new Client({ connection }).workflow.execute('sevenSteps', { taskQueue, workflowId });
  await connection.close();
}

void main(process.argv.slice(2));
