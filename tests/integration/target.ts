import path from 'node:path';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { EnvironmentError, loadEnvironment } from '../../environments';
import { paths } from '../../local/paths';
import { loadDataSets } from '../../modules/contract';
import type { DataSet, S3Source } from '../../modules/contract/data-set';
import { TEST_MARK } from '../../modules/delivery/own-policies';
import { Naming } from '../../modules/naming';

/** The data set that test batches are delivered to: no data product is computed from it. */
export const DATASET = 'planes';

/** A deployed environment, in AWS or emulated: the SDK finds it by its own environment variables. */
export class Target {
  readonly naming: Naming;
  readonly dataset: DataSet & { readonly source: S3Source };
  readonly s3 = new S3Client({ followRegionRedirects: true });
  readonly glue = new GlueClient();
  readonly cloudwatch = new CloudWatchClient();
  readonly dynamodb = new DynamoDBClient();
  readonly sns = new SNSClient();
  readonly sqs = new SQSClient();

  /** @throws EnvironmentError where what is delivered cannot be removed, or the data set does not exist */
  constructor(readonly environment: string) {
    const { storage } = loadEnvironment(environment);
    if (storage.objectLock)
      throw new EnvironmentError(
        `environments/${environment}.ts: storage.objectLock keeps what is delivered, test data too: test another one`,
      );
    this.naming = new Naming(environment);
    const datasets = loadDataSets(path.join(paths.root, 'datasets'), environment, this.naming);
    const dataset = datasets.find(({ name }) => name === DATASET);
    if (dataset?.source.type !== 's3')
      throw new EnvironmentError(
        `datasets/${DATASET}.odcs.yaml: has no files in environment ${environment} to test with`,
      );
    this.dataset = dataset as Target['dataset'];
  }

  /** What the keys of test files in the source bucket begin with. */
  get keyPrefix(): string {
    return `${this.dataset.source.prefix}${TEST_MARK}`;
  }

  get workflow(): string {
    return this.naming.workflow(DATASET);
  }
}
