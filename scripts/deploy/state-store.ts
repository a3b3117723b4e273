import { DescribeTableCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { loadEnvironment } from '../../environments';
import type { Environment } from '../../environments/schema';
import { Naming } from '../../modules/naming';
import { RefusedError } from './command';

/** Key of the stack's state in its bucket. */
const STATE = 'terraform.tfstate';

/** Who holds the lock of a state; Terraform writes it so into the lock table. */
export interface Lock {
  readonly ID: string;
  readonly Operation: string;
  readonly Who: string;
  readonly Created: string;
}

/** Terraform's state, as far as it is looked at here. */
export interface State {
  readonly serial: number;
  readonly lineage: string;
  readonly outputs: Readonly<Record<string, { readonly value: unknown }>>;
  readonly resources: readonly {
    readonly mode: 'managed' | 'data';
    readonly type: string;
    readonly instances: readonly { readonly attributes: { readonly arn?: string } }[];
  }[];
}

/** Where an environment keeps its Terraform state, and what is read there without Terraform, in a moment. */
export class StateStore {
  readonly environment: Environment;
  readonly naming: Naming;
  readonly s3: S3Client;
  readonly dynamo: DynamoDBClient;

  /** @throws EnvironmentError if there is no such environment */
  constructor(name: string) {
    this.environment = loadEnvironment(name);
    this.naming = new Naming(name);
    const { stateRegion, provider } = this.environment;
    this.s3 = new S3Client({ region: stateRegion, forcePathStyle: provider.emulated });
    this.dynamo = new DynamoDBClient({ region: stateRegion });
  }

  /**
   * The text of an object of the state bucket; undefined if there is none.
   *
   * @throws RefusedError if the bucket is somebody else's, or not to be read
   */
  async read(key: string): Promise<string | undefined> {
    const Bucket = this.naming.stateBucket;
    try {
      const { Body } = await this.s3.send(new GetObjectCommand({ Bucket, Key: key }));
      return await Body!.transformToString();
    } catch (error) {
      const { name } = error as Error;
      if (['NoSuchBucket', 'NoSuchKey'].includes(name)) return undefined;
      if (name !== 'AccessDenied') throw error;
      throw new RefusedError(`The state bucket ${Bucket} exists, and AWS does not let you read it. If you have not made it,
  it is another account's: use credentials of that account, or choose another 'project' in modules/naming.ts`);
    }
  }

  /** Whether bucket and lock table have been made. */
  async isThere(): Promise<boolean> {
    const { stateBucket: Bucket, lockTable: TableName } = this.naming;
    const calls = [
      this.s3.send(new HeadBucketCommand({ Bucket })),
      this.dynamo.send(new DescribeTableCommand({ TableName })),
    ];
    const missing = ['NotFound', 'NoSuchBucket', 'ResourceNotFoundException'];
    const found = calls.map((call) =>
      call.then(
        () => true,
        (error: Error) => {
          if (missing.includes(error.name)) return false;
          throw error;
        },
      ),
    );
    return (await Promise.all(found)).every(Boolean);
  }

  async state(): Promise<State | undefined> {
    const text = await this.read(STATE);
    return text === undefined ? undefined : (JSON.parse(text) as State);
  }

  /** Who holds the lock; undefined if nobody does. */
  async lock(): Promise<Lock | undefined> {
    try {
      const Key = { LockID: { S: this.lockId } };
      const { Item } = await this.dynamo.send(
        new GetItemCommand({ TableName: this.naming.lockTable, Key, ConsistentRead: true }),
      );
      return Item?.Info?.S === undefined ? undefined : (JSON.parse(Item.Info.S) as Lock);
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  }

  /** What a person is told about a lock, with the command that releases this one and no later one. */
  explain({ ID, Operation, Who, Created }: Lock): string {
    const minutes = Math.round((Date.now() - Date.parse(Created)) / 60_000);
    const key = JSON.stringify({ LockID: { S: this.lockId } });
    const values = JSON.stringify({ ':id': { S: ID } });
    return `The state of ${this.naming.prefix} is locked: ${Who} has been at '${Operation}' since ${Created} (${minutes} minutes).
  Wait until that has ended. If it died, and you are sure that nobody deploys, release the lock and plan again:
  aws dynamodb delete-item --region ${this.environment.stateRegion} --table-name ${this.naming.lockTable} \\
    --key '${key}' \\
    --condition-expression 'contains(Info, :id)' --expression-attribute-values '${values}'`;
  }

  private get lockId(): string {
    return `${this.naming.stateBucket}/${STATE}`;
  }
}
