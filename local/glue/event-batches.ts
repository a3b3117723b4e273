import { EventBatchingCondition } from '@aws-sdk/client-glue';

const DEFAULT_WINDOW_SECONDS = 900;

/** Events that triggers of workflows have been told of and that have not started a run yet. */
export class EventBatches {
  private readonly batches = new Map<string, { events: number; timer: NodeJS.Timeout }>();

  /** @param start called with the name of a workflow when its batch is full, or its window is over */
  constructor(private readonly start: (workflow: string) => void) {}

  add(
    workflow: string,
    { BatchSize = 1, BatchWindow = DEFAULT_WINDOW_SECONDS }: Partial<EventBatchingCondition>,
  ): void {
    const batch = this.batches.get(workflow) ?? {
      events: 0,
      timer: setTimeout(() => this.release(workflow), BatchWindow * 1000).unref(),
    };
    batch.events += 1;
    this.batches.set(workflow, batch);
    if (batch.events >= BatchSize) this.release(workflow);
  }

  private release(workflow: string): void {
    clearTimeout(this.batches.get(workflow)?.timer);
    this.batches.delete(workflow);
    this.start(workflow);
  }
}
