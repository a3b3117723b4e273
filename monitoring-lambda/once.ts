import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { Context } from 'aws-lambda';
import { dynamodb } from './aws';

/** For as long it is known what was done: CloudWatch takes no value that is older. */
const KNOWN_SECONDS = 14 * 24 * 3600;

/** Does what is to be done once. */
export class Once {
  private readonly config = new IdempotencyConfig({ expiresAfterSeconds: KNOWN_SECONDS });
  private readonly doOnce: (key: string, work: () => Promise<void>) => Promise<void>;

  constructor(table: string) {
    const persistenceStore = new DynamoDBPersistenceLayer({
      tableName: table,
      awsSdkV3Client: dynamodb,
      expiryAttr: 'expires_at',
    });
    this.doOnce = makeIdempotent(async (_key: string, work: () => Promise<void>) => work(), {
      persistenceStore,
      config: this.config,
      dataIndexArgument: 0,
    });
  }

  /** An invocation that dies holds what it was doing no longer than its time: another may then do it. */
  begin(context: Context): void {
    this.config.registerLambdaContext(context);
  }

  /**
   * Does `work` unless what bears this key was done; if it fails, it is as if it was never begun.
   *
   * @throws IdempotencyAlreadyInProgressError while another invocation is doing it: try again
   */
  async do(key: string, work: () => Promise<void>): Promise<void> {
    await this.doOnce(key, work);
  }
}
