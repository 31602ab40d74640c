import { CancellationScope, log } from '@temporalio/workflow';

/** What must be undone when a run does not end in a promotion; each is registered before the step that it undoes. */
export class UndoList {
  private readonly steps: { what: string; undo: () => Promise<unknown> }[] = [];

  add(what: string, undo: () => Promise<unknown>): void {
    this.steps.push({ what, undo });
  }

  /** What was begun has become what stands. */
  forget(): void {
    this.steps.length = 0;
  }

  /** Undoes, last first, also under cancellation. An undo that fails is reported and does not keep the others from running. */
  async runAll(): Promise<void> {
    await CancellationScope.nonCancellable(async () => {
      for (const { what, undo } of this.steps.splice(0).reverse()) {
        try {
          await undo();
        } catch (error) {
          log.error(`could not ${what}`, { error });
        }
      }
    });
  }
}
